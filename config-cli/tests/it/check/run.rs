//! `check --run`: the program of `tests/programs/self_check.rs` checks itself.

mod credentials;
mod ends;
mod environment;
mod function;
mod profiles;
mod redaction;
mod refused;
mod wrong_defaults;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::{fields_by_name, parse_json};
use crate::support::endpoint::{
    Endpoint, Parameter, Parameters, Secrets, answer, caller, is_caller_request,
};
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::target;

/// Marks a value that the store does not have.
const ABSENT: &str = "";

/// Returns the built program.
pub(super) fn program() -> PathBuf {
    let name = format!("self_check{}", std::env::consts::EXE_SUFFIX);
    let path = target::profile().join("examples").join(name);
    assert!(
        path.is_file(),
        "{} is not built. `cargo test --workspace` builds it",
        path.display()
    );
    path
}

/// The values of a complete stage.
const COMPLETE: [(&str, &str); 6] = [
    ("key", "sk_live"),
    ("mode", "fast"),
    ("share", "60%"),
    ("port", "8080"),
    ("mail/host", "example.com"),
    ("mail/from", "shop@example.com"),
];

/// Starts an endpoint that serves the values of the complete stage, with these changes.
fn start_endpoint(changes: &[(&str, &str)]) -> Endpoint {
    Endpoint::start_with(complete_parameters(changes), Secrets::default())
}

/// Starts an endpoint that serves the values of the complete stage. It answers each call to STS
/// with `account` as the account of the caller.
pub(super) fn start_endpoint_of(account: &'static str) -> Endpoint {
    let (parameters, secrets) = (complete_parameters(&[]), Secrets::default());
    Endpoint::start(move |request| {
        if is_caller_request(request) {
            caller(account)
        } else {
            answer(request, &parameters, &secrets)
        }
    })
}

/// Returns the number of `GetCallerIdentity` calls.
pub(super) fn count_caller_requests(endpoint: &Endpoint) -> usize {
    endpoint
        .requests()
        .iter()
        .filter(|request| is_caller_request(request))
        .count()
}

fn complete_parameters(changes: &[(&str, &str)]) -> Parameters {
    let mut values = BTreeMap::from(COMPLETE);
    values.extend(changes.iter().copied());
    values
        .into_iter()
        .filter(|(_, value)| *value != ABSENT)
        .fold(Parameters::default(), |all, (name, value)| {
            let parameter = match name {
                "key" => Parameter::secure(value),
                _ => Parameter::text(value),
            };
            all.with(&format!("/self-check/prod/{name}"), parameter)
        })
}

/// A call of `cargo stage check --run` that checks the program.
struct Check {
    endpoint: Endpoint,
    package: Package,
    command: Command,
}

impl Check {
    /// Creates a call of the command. The program behaves as `behaviour` says, and the store has
    /// the values of the complete stage, with these changes.
    fn new(behaviour: &str, changes: &[(&str, &str)]) -> Self {
        Self::with_options(behaviour, changes, &[])
    }

    fn with_options(behaviour: &str, changes: &[(&str, &str)], options: &[&str]) -> Self {
        Self::for_config("Config", behaviour, changes, options)
    }

    /// Creates a call of the command for one of the program's configurations.
    fn for_config(
        config: &str,
        behaviour: &str,
        changes: &[(&str, &str)],
        options: &[&str],
    ) -> Self {
        let (endpoint, package) = (start_endpoint(changes), Package::new(""));
        let program = program();
        let artifact = ["--artifact", program.to_str().expect("the path is text")];
        let verb = ["check", "--run", "--stage", "prod", "--config", config];
        let mut command = package.verb_command(&[&verb[..], &artifact, options].concat());
        command
            .env("AWS_ENDPOINT_URL", &endpoint.url)
            .env("BEHAVIOUR", behaviour)
            .env("VAULT_VALUE", "be quick");
        Self {
            endpoint,
            package,
            command,
        }
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs the command, and asserts that it leaves nothing in the folder for temporary files.
    fn run(mut self) -> RunOutput {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        self.command.env("TMPDIR", folder.path());
        let ran = run_command(&mut self.command, b"");
        let left = std::fs::read_dir(folder.path()).expect("the folder exists");
        assert_eq!(left.count(), 0, "the command leaves files: {ran:?}");
        ran
    }

    /// Runs the command with `--json`, and returns the part of the JSON output that is about the
    /// stage.
    fn run_json(mut self, code: i32) -> Value {
        self.command.arg("--json");
        let mut json = parse_json(&self.run().assert_code(code));
        assert_eq!(json["version"], 2);
        json["stages"][0].take()
    }
}

/// Returns the result and the kind of the failure of each field whose result is not `ok`. The key
/// is the name of the field.
fn problems(stage: &Value) -> BTreeMap<String, (Value, Value)> {
    let fields = fields_by_name(&json!({ "stages": [stage] }));
    fields
        .into_iter()
        .filter(|(_, field)| field["result"] != "ok")
        .map(|(name, field)| {
            (
                name,
                (field["result"].clone(), field["failure"]["kind"].clone()),
            )
        })
        .collect()
}

const ENV_FILE: [&str; 2] = ["--env-file", "prod.env"];

fn check_complete(behaviour: &str) -> Check {
    let check = Check::with_options(behaviour, &[], &[&ENV_FILE[..], &["--strict"]].concat());
    check.package.write("prod.env", "SELF_CHECK_LEVEL=info\n");
    check
}

#[test]
fn every_kind_of_load_verifies_everything() {
    for behaviour in [
        "load",
        "resolve",
        "live",
        "check",
        "other first",
        "concurrent",
        "stage of the program",
    ] {
        let stage = check_complete(behaviour).run_json(0);
        assert_eq!(
            stage["run"],
            json!({ "kind": "verified", "detail": "", "help": "" }),
            "{behaviour}"
        );
        assert_eq!(
            (&stage["result"], &stage["unverified"]),
            (&json!("complete"), &json!([]))
        );
        let default = ("timeout_s".to_owned(), (json!("default"), Value::Null));
        assert_eq!(problems(&stage), BTreeMap::from([default]), "{behaviour}");
    }
    let ran = check_complete("load").run().assert_code(0);
    assert!(ran.stdout.starts_with("prod: complete\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("help:"), "{}", ran.stdout);
}

#[test]
fn every_load_with_default_options_checks_the_configuration() {
    for behaviour in ["joint", "load of colours", "current colours", "blocking"] {
        let stage = Check::for_config("Colours", behaviour, &[], &["--strict"]).run_json(0);
        assert_eq!(stage["run"]["kind"], "verified", "{behaviour}: {stage}");
    }
}

/// The program knows its own layers. The command does not know them.
#[test]
fn a_default_that_the_program_passes_to_the_loader_counts() {
    let changes = [("mode", ABSENT)];
    let missing = (json!("wrong"), json!("missing"));
    let stage = Check::new("load", &changes).run_json(1);
    assert_eq!(problems(&stage)["mode"], missing);
    let stage = Check::new("default of the program", &changes).run_json(0);
    assert_eq!(problems(&stage).get("mode"), None, "{stage}");
}

/// `load!` uses the default stores, so the program's own store is missing.
#[test]
fn a_joint_load_checks_the_configuration_with_the_default_stores() {
    let stage = Check::new("joint", &[]).run_json(1);
    assert_eq!(stage["run"]["kind"], "failed");
    let detail = stage["problem"]["detail"].as_str().expect("a text");
    assert!(
        detail.contains("no store is registered for `vault:`"),
        "{detail}"
    );
}

#[test]
fn the_program_finds_what_only_its_types_refuse() {
    for (name, changes, kind) in [
        ("mode", [("mode", "medium")], "undecodable"),
        ("share", [("share", "60")], "undecodable"),
        ("port", [("port", "81")], "invalid"),
        ("mail", [("mail/from", "shop@example.org")], "invalid"),
    ] {
        let stage = Check::new("load", &changes).run_json(1);
        let mut problems = problems(&stage);
        assert_eq!(problems.remove(name), Some((json!("wrong"), json!(kind))));
        problems.retain(|_, (result, _)| result == "wrong");
        assert_eq!(problems, BTreeMap::new(), "{name}");
        assert_eq!(stage["result"], "incomplete");
    }
}

#[test]
fn the_help_for_a_refused_parameter_of_a_path_is_the_command_that_replaces_it() {
    let changes = [("modes/checkout", "medium"), ("modes/search", "fast")];
    let stage = Check::for_config("Modes", "load of modes", &changes, &[]).run_json(1);
    let fields = fields_by_name(&json!({ "stages": [stage] }));
    let help = fields["modes"]["failure"]["help"].to_string();
    let command = "cargo stage set modes checkout --stage prod";
    assert!(help.contains(command), "{help}");
}

#[test]
fn the_help_for_a_refused_value_is_the_command_that_replaces_it() {
    let ran = Check::new("load", &[("mode", "medium"), ("port", "81")])
        .run()
        .assert_code(1);
    for text in [
        "prod: INCOMPLETE",
        "UNDECODABLE  /self-check/prod/mode: expected one of `fast`, `slow`",
        "INVALID      /self-check/prod/port: it is odd",
        "cargo stage set mode --stage prod --overwrite",
        "cargo stage set port --stage prod --overwrite",
    ] {
        assert!(
            ran.stdout.contains(text),
            "{text:?} is not in: {}",
            ran.stdout
        );
    }
}

#[test]
fn a_whole_struct_that_is_refused_has_its_own_row() {
    let ran = Check::with_options("load", &[("mode", "slow")], &ENV_FILE);
    ran.package.write("prod.env", "SELF_CHECK_LEVEL=info\n");
    let ran = ran.run().assert_code(1);
    let row = "(the whole struct)  INVALID  slow with a large share";
    assert!(ran.stdout.contains(row), "{}", ran.stdout);
}

#[test]
fn a_default_is_validated_too() {
    let stage = Check::new("load", &[])
        .env("TIMEOUT_IS_WRONG", "1")
        .run_json(1);
    let wrong = (json!("wrong"), json!("invalid"));
    assert_eq!(problems(&stage)["timeout_s"], wrong);
}

#[test]
fn the_programs_own_store_answers() {
    let missing = (json!("wrong"), json!("missing"));
    let mut check = Check::new("load", &[]);
    check.command.env_remove("VAULT_VALUE");
    assert_eq!(problems(&check.run_json(1))["motto"], missing);

    let refused = (json!("wrong"), json!("invalid_request"));
    let stage = Check::new("load", &[]).env("VAULT_FAILS", "1").run_json(1);
    assert_eq!(problems(&stage)["motto"], refused);
}

/// Without `--env-file`, the variables of the deployment are unknown. The variables of this machine
/// do not replace them.
#[test]
fn variables_of_this_machine_do_not_count_as_those_of_the_deployment() {
    for level in [None, Some("info")] {
        let mut check = Check::new("load", &[]);
        check
            .command
            .envs(level.map(|level| ("SELF_CHECK_LEVEL", level)));
        let stage = check.run_json(0);
        assert_eq!(
            stage["unverified_values"],
            json!({ "program": 0, "deployment": 2, "reading": 0 }),
            "unverified: the variable, and `validate` of the struct that contains it"
        );
        assert_eq!(problems(&stage)["level"].0, "unknown");
    }
}

#[test]
fn show_output_prints_the_output_of_the_program_on_standard_error() {
    let check = Check::with_options("load", &[], &["--show-output", "--json"]);
    let ran = check
        .env("PRINTED", "hello from the program")
        .run()
        .assert_code(0);
    assert_eq!(
        ran.stderr.matches("hello from the program").count(),
        2,
        "{ran:?}"
    );
    parse_json(&ran);
}

#[test]
fn the_command_and_the_program_each_read_a_value_once() {
    let check = Check::new("load", &[]);
    let (endpoint, mut command) = (check.endpoint, check.command);
    run_command(&mut command, b"").assert_code(0);
    assert_eq!(endpoint.requests().len(), 2);
}
