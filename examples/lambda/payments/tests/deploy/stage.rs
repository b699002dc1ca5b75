//! `cargo stage` for the built `payments`, with a server in place of AWS.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use stage_config_test_support::{environment, peers, target};

/// The built function.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_payments");

/// Returns the variables with which `cargo stage` uses the server in place of AWS. On the server,
/// the stage `prod` is complete, and the stage `dev` has no value.
pub(crate) fn variables() -> [(&'static str, String); 4] {
    static FILLED: OnceLock<()> = OnceLock::new();
    let pairs = [
        ("AWS_ENDPOINT_URL", peers::roto().url.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let variables = pairs.map(|(name, value)| (name, value.to_owned()));
    FILLED.get_or_init(|| {
        for (field, value) in [
            ("stripe_key", "sk_live_1"),
            ("db_url", "https://db.example.com"),
            ("db_password", "invented"),
        ] {
            let mut command = Command::new(target::find_program("cargo-stage"));
            environment::clear(&mut command);
            let arguments = [
                "stage",
                "set",
                field,
                "--stage",
                "prod",
                "--artifact",
                PROGRAM,
            ];
            run(command.args(arguments).envs(variables.clone()), value);
        }
    });
    variables
}

/// Returns what `cargo stage iam` prints for the built function.
pub(crate) fn iam(arguments: &[&str]) -> String {
    let mut command = Command::new(target::find_program("cargo-stage"));
    environment::clear(&mut command);
    command
        .args(["stage", "iam", "--artifact", PROGRAM])
        .args(arguments);
    run(&mut command, "")
}

/// Returns the statements of the policy for the stage `prod`, with the placeholders `REGION` and
/// `ACCOUNT`.
pub(crate) fn statements() -> Value {
    let policy = iam(&["--stage", "prod", "--offline"]);
    let policy: Value = serde_json::from_str(&policy).expect("a policy is JSON");
    policy["Statement"].clone()
}

/// Runs a command that must succeed, and returns its standard output.
#[track_caller]
pub(crate) fn run(command: &mut Command, input: &str) -> String {
    let output = run_to_end(command, input);
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    String::from_utf8(output.stdout).expect("the command writes text")
}

/// Runs a command to its end.
pub(crate) fn run_to_end(command: &mut Command, input: &str) -> Output {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // The write fails if the command ends before it reads its input. The helper ignores this error.
    let _ = child
        .stdin
        .take()
        .expect("the stream is a pipe")
        .write_all(input.as_bytes());
    child.wait_with_output().expect("a child can be waited for")
}

/// Returns everything that a command printed.
pub(crate) fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes))
        .concat()
}

/// Reads a text file.
#[track_caller]
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
