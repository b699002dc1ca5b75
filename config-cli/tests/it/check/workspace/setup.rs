//! A workspace of two packages, and a script in place of cargo. The script reports artifacts that
//! the test has written.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use crate::support::artifact::build_elf;
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secrets};
use crate::support::package::{Package, RunOutput, run_command};

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
/// configuration, `tool` loads none) and `mail` (two configurations).
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

    /// Creates the workspace. `mail_metadata` are the tables of `[package.metadata]` of `mail`.
    pub(super) fn with(parameters: Parameters, mail_metadata: &str) -> Self {
        let package = Package::new("[workspace]\nmembers = [\"orders\", \"mail\"]\n");
        package.write("orders/Cargo.toml", "[package]\nname = \"orders\"\n");
        let mail = format!("[package]\nname = \"mail\"\n{mail_metadata}");
        package.write("mail/Cargo.toml", mail);
        let orders = build_elf(&[Orders::__manifest()]);
        let programs = [
            ("orders", "bin", "api", orders.clone()),
            ("orders", "bin", "worker", orders),
            ("orders", "bin", "tool", build_elf(&[])),
            (
                "mail",
                "bin",
                "mail",
                build_elf(&[Mail::__manifest(), Queue::__manifest()]),
            ),
        ];
        let messages = programs.map(|(owner, kind, name, elf)| {
            let path = package.write(&format!("target/{name}"), elf);
            artifact_message(owner, kind, name, path.to_str().expect("the path is text"))
        });
        package.write("messages.json", messages.join("\n"));
        package.write("metadata.json", metadata(package.path()).to_string());
        let script = "#!/bin/sh\ncase \"$1\" in\nmetadata) cat metadata.json ;;\n\
                      build) echo \"$@\" > built; cat messages.json ;;\nesac\n";
        let cargo = package.write("cargo.sh", script);
        fs::set_permissions(cargo, fs::Permissions::from_mode(0o755))
            .expect("the file can be made executable");
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
            .env("CARGO", self.package.path().join("cargo.sh"));
        command
    }

    pub(super) fn check(&self, arguments: &[&str]) -> RunOutput {
        run_command(&mut self.command(arguments), b"")
    }
}

fn metadata(root: &Path) -> Value {
    let member = |name: &str| {
        json!({
            "id": format!("path+file:///{name}"), "name": name, "version": "0.1.0",
            "manifest_path": root.join(name).join("Cargo.toml"), "dependencies": [],
            "targets": [], "features": {},
        })
    };
    json!({
        "packages": [member("orders"), member("mail")],
        "workspace_members": ["path+file:///orders", "path+file:///mail"],
        "resolve": null, "version": 1, "workspace_root": root,
        "target_directory": root.join("target"),
    })
}

pub(super) fn artifact_message(owner: &str, kind: &str, name: &str, path: &str) -> String {
    let target = json!({
        "kind": [kind], "crate_types": ["bin"], "name": name, "src_path": "/nowhere/main.rs",
        "edition": "2024", "doc": true, "doctest": false, "test": true,
    });
    let profile = json!({
        "opt_level": "0", "debuginfo": 0, "debug_assertions": true, "overflow_checks": true,
        "test": false,
    });
    json!({
        "reason": "compiler-artifact", "package_id": format!("path+file:///{owner}"),
        "manifest_path": format!("/nowhere/{owner}/Cargo.toml"), "target": target,
        "profile": profile, "features": [], "filenames": [path], "executable": path, "fresh": true,
    })
    .to_string()
}
