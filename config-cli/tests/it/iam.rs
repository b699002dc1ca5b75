//! `cargo stage iam`: linters accept its policies, the ARNs in a policy equal the ARNs on the
//! servers that replace AWS, and a policy allows exactly what a load or a write needs. One policy
//! can have the stage as a parameter.

mod enforced;
mod exact;
mod looked_up;
mod parameter;
mod read_back;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use stage_config::StageConfig;

use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{ACCOUNT, Peer};
use crate::support::{artifact, kms, python};

/// The options that give the account and the region of a stage, so that the command does not ask
/// AWS.
const LOCATION: [&str; 5] = ["--offline", "--account", ACCOUNT, "--region", kms::REGION];

/// Runs the verb for a configuration.
fn run_iam<C: StageConfig>(arguments: &[&str]) -> RunOutput {
    run_iam_with::<C>(arguments, &[])
}

/// Runs the verb with these environment variables.
fn run_iam_with<C: StageConfig>(arguments: &[&str], variables: &[(&str, String)]) -> RunOutput {
    run_iam_in::<C>(&Package::new(""), arguments, variables)
}

/// Runs the verb in this package with these environment variables.
fn run_iam_in<C: StageConfig>(
    package: &Package,
    arguments: &[&str],
    variables: &[(&str, String)],
) -> RunOutput {
    let artifact = artifact::write_artifact::<C>();
    let artifact = artifact.to_str().expect("target/ has a name that is text");
    let mut command = package.verb_command(&[&["iam", "--artifact", artifact], arguments].concat());
    run_command(
        command.envs(variables.iter().map(|(name, value)| (name, value))),
        b"",
    )
}

/// Returns the policy that the verb prints as JSON.
#[track_caller]
fn policy<C: StageConfig>(arguments: &[&str]) -> Value {
    let ran = run_iam::<C>(arguments).assert_code(0);
    serde_json::from_str(&ran.stdout).expect("the policy is JSON")
}

/// Returns all resources of the statement with this `Sid`.
#[track_caller]
fn resources(policy: &Value, sid: &str) -> Vec<String> {
    let statements = policy["Statement"]
        .as_array()
        .expect("a policy has statements");
    let statement = statements.iter().find(|statement| statement["Sid"] == sid);
    let resources =
        statement.unwrap_or_else(|| panic!("no {sid} in {policy:#}"))["Resource"].as_array();
    let text = |resource: &Value| resource.as_str().expect("an ARN is text").to_owned();
    resources.expect("a list").iter().map(text).collect()
}

/// Returns the command that runs a script of `tests/iam/` with the Python of the test environment.
fn script(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(python::find_program("python"));
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/iam");
    command.arg(scripts.join(name)).args(arguments);
    command
}

/// Writes values to a server and creates users there, as `tests/iam/peer.py` explains.
#[track_caller]
fn prepare_stage(peer: &Peer, request: &Value) -> Value {
    let ran = run_command(
        &mut script("peer.py", &[&peer.url, kms::REGION]),
        request.to_string().as_bytes(),
    )
    .assert_code(0);
    serde_json::from_str(&ran.stdout).expect("the script answers in JSON")
}
