//! `cargo stage set`, `get`, `rm`, `history` and `rollback`, against third-party servers, scripted
//! endpoints and sealed files.
//!
//! The tests share the third-party servers, so each test there has its own stage `t-…`, whose name
//! is part of every source that the test writes to.

mod concurrent_writes;
mod generate;
mod get;
mod history;
#[cfg(unix)]
mod missing;
mod paths;
mod refused;
mod remove;
mod rollback;
mod scripted;
mod sealed;
mod set;
#[cfg(unix)]
mod terminal;

use std::collections::BTreeMap;
use std::process::Command;

use stage_config::{SecretSlice, SecretString, StageConfig};

use crate::support::kms::env_variables;
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{Peer, moto, roto};
use crate::support::{artifact, peers};

/// Fields with sources and values of many kinds.
#[derive(StageConfig)]
#[stage(prod = "/write/{stage}/{field}", fallback = "/write/{stage}/{field}")]
#[config(preview("t-*"), schemes("vault"), account(prod = "111122223333"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    token: SecretString,
    port: u16,
    name: String,
    ratio: f64,
    flag: bool,
    tags: Vec<String>,
    limits: BTreeMap<String, u32>,
    #[config(validate = short)]
    checked: String,
    #[stage(all = "secret:write/{stage}/db#password")]
    db_password: SecretString,
    #[stage(all = "secret:write/{stage}/db#port")]
    db_port: u16,
    #[stage(all = "secret:write/{stage}/whole")]
    whole: SecretString,
    #[stage(all = "secret:write/{stage}/blob")]
    blob: SecretSlice<u8>,
    #[stage(all = ["/write/{stage}/first", "/write/common/second"])]
    chain: String,
    #[stage(all = "/write/{stage}/json#a.b")]
    in_json: String,
    #[stage(all = "env:LOG_LEVEL")]
    level: Option<String>,
    #[stage(all = "value:debug")]
    mode: String,
    #[stage(all = "kms-env:STRIPE_KEY?context=lambda")]
    ciphertext: SecretString,
    #[stage(all = "/write/{stage}/name:1")]
    pinned: String,
    #[stage(all = "secret:write/{stage}/whole?version_stage=AWSPREVIOUS")]
    before: SecretString,
    #[stage(all = "/aws/service/global-infrastructure/version")]
    of_aws: String,
    #[stage(all = "vault:write")]
    vault: Option<String>,
    #[config(default = 30)]
    timeout_s: u64,
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Mail {
    password: SecretString,
}

#[allow(
    clippy::ptr_arg,
    reason = "`validate` takes a reference to the field's own type"
)]
fn short(text: &String) -> Result<(), &'static str> {
    if text.len() < 9 {
        Ok(())
    } else {
        Err("it is too long")
    }
}

/// A package and a stage on a server, and the command that works on them.
struct WriteTest {
    package: Package,
    peer: &'static Peer,
    stage: String,
}

impl WriteTest {
    fn new(peer: &'static Peer, test: &str) -> Self {
        Self::with(peer, test, "")
    }

    /// Creates a test whose `Cargo.toml` ends with `metadata`.
    fn with(peer: &'static Peer, test: &str, metadata: &str) -> Self {
        Self {
            package: Package::new(metadata),
            peer,
            stage: format!("t-{test}"),
        }
    }

    fn command(&self, verb: &[&str]) -> Command {
        self.command_for::<Config>(verb)
    }

    fn command_for<T: StageConfig>(&self, verb: &[&str]) -> Command {
        let artifact = artifact::write_artifact::<T>();
        let artifact = artifact.to_str().expect("the path is text");
        let rest = ["--stage", self.stage.as_str(), "--artifact", artifact];
        let mut command = self.package.verb_command(&[verb, &rest].concat());
        command.envs(env_variables(self.peer));
        command
    }

    fn run(&self, verb: &[&str]) -> RunOutput {
        self.pipe(verb, b"")
    }

    fn pipe(&self, verb: &[&str], input: &[u8]) -> RunOutput {
        run_command(&mut self.command(verb), input)
    }

    fn set(&self, field: &str, value: &str) -> RunOutput {
        self.pipe(&["set", field], value.as_bytes())
    }

    fn replace(&self, field: &str, value: &str) -> RunOutput {
        self.pipe(&["set", field, "--overwrite"], value.as_bytes())
    }

    /// Returns the name of a parameter: `/write/STAGE/NAME`.
    fn parameter(&self, name: &str) -> String {
        format!("/write/{}/{name}", self.stage)
    }

    /// Returns the name of a secret: `write/STAGE/NAME`.
    fn secret(&self, name: &str) -> String {
        format!("write/{}/{name}", self.stage)
    }
}

/// Returns one test for each of the two servers.
fn new_at_all_servers(test: &str) -> [WriteTest; 2] {
    [WriteTest::new(moto(), test), WriteTest::new(roto(), test)]
}

/// The account of the servers.
const ACCOUNT: &str = peers::ACCOUNT;
