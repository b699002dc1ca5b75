//! A workspace of two packages, and a script in place of cargo. The script reports artifacts that
//! the test has written.

use std::process::Command;

use stage_config::{SecretString, StageConfig};

use crate::support::artifact::build_elf;
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secrets};
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::scripted_cargo;
pub(super) use crate::support::scripted_cargo::artifact_message;

#[derive(StageConfig)]
#[stage(dev = "/it-ws/dev/{field}", prod = "/it-ws/prod/{field}")]
#[stage(fallback = "/it-ws/dev/{field}")]
#[config(preview("pr-*"))]
#[allow(dead_code, reason = "only its schema is used")]
pub(super) struct Orders {
    table: String,
    key: SecretString,
}

#[derive(StageConfig)]
#[stage(prod = "/it-ws/prod/mail/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
pub(super) struct Mail {
    port: u16,
    #[stage(prod = "env:LOG_LEVEL")]
    level: Option<String>,
}

#[derive(StageConfig)]
#[stage(prod = "/it-ws/prod/queue/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
pub(super) struct Queue {
    url: String,
}

#[derive(StageConfig)]
#[stage(prod = "/it-ws/prod/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
pub(super) struct Checked {
    #[config(validate = check_table)]
    table: String,
}

fn check_table(_: &String) -> Result<(), &'static str> {
    Ok(())
}

/// A workspace with the packages `orders` (the binaries `api` and `worker` load the same
/// configuration, `tool` loads none) and `mail` (its binary loads two configurations).
pub(super) struct Workspace {
    pub(super) package: Package,
    pub(super) endpoint: Endpoint,
}

pub(super) fn complete_values() -> Parameters {
    let texts = [
        ("/it-ws/dev/table", "orders-dev"),
        ("/it-ws/prod/table", "orders"),
        ("/it-ws/prod/mail/port", "25"),
        ("/it-ws/prod/queue/url", "https://queue"),
    ];
    Parameters::texts(texts)
        .with("/it-ws/dev/key", Parameter::secure("sk_test"))
        .with("/it-ws/prod/key", Parameter::secure("sk_live"))
}

impl Workspace {
    pub(super) fn new(parameters: Parameters) -> Self {
        Self::with(parameters, "")
    }

    /// Creates the workspace. `mail_metadata` contains the tables below `[package.metadata]` in the
    /// Cargo.toml of `mail`.
    pub(super) fn with(parameters: Parameters, mail_metadata: &str) -> Self {
        let package = Package::new("[workspace]\nmembers = [\"orders\", \"mail\"]\n");
        package.write("orders/Cargo.toml", "[package]\nname = \"orders\"\n");
        let mail = format!("[package]\nname = \"mail\"\n{mail_metadata}");
        package.write("mail/Cargo.toml", mail);
        let orders = build_elf(&[Orders::__manifest()]);
        let programs = [
            ("orders", "api", orders.clone()),
            ("orders", "worker", orders),
            ("orders", "tool", build_elf(&[])),
            (
                "mail",
                "mail",
                build_elf(&[Mail::__manifest(), Queue::__manifest()]),
            ),
        ];
        scripted_cargo::install(&package, &["orders", "mail"], &programs);
        Self {
            package,
            endpoint: Endpoint::start_with(parameters, Secrets::default()),
        }
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let verb = ["check", "--workspace"];
        let mut command = self.package.verb_command(&[&verb, arguments].concat());
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint.url)
            .env("CARGO", scripted_cargo::path(&self.package));
        command
    }

    pub(super) fn check(&self, arguments: &[&str]) -> RunOutput {
        run_command(&mut self.command(arguments), b"")
    }
}
