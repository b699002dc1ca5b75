//! `exec` and `export` with an artifact that somebody else built: its fields may be called as they like, and its code holds values.

use aws_sdk_ssm::types::ParameterType;
use stage_config::StageConfig;

use crate::support::artifact;
use crate::support::moved::with;
use crate::support::package::{Package, Ran, ran};
use crate::support::peers::roto;
use crate::support::stores::put_parameter;

#[derive(StageConfig)]
#[stage(dev = "/strangers/{stage}/{field}", fallback = "/strangers/{stage}/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its description is used")]
struct Stranger {
    #[stage(all = "value:/tmp/run-me")]
    helper: String,
    #[stage(all = ["/strangers/{stage}/none", "value:/tmp/run-me"])]
    second: String,
    port: u16,
}

#[derive(StageConfig)]
#[stage(dev = "/strangers/{stage}/{field}", fallback = "/strangers/{stage}/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its description is used")]
struct Reserved {
    bash_env: Option<String>,
    #[config(nested)]
    git: Git,
    port: u16,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its description is used")]
struct Git {
    ssh_command: Option<String>,
}

fn of<T: StageConfig>(arguments: &[&str]) -> Ran {
    put_parameter(roto(), "/strangers/t-stranger/port", ParameterType::String, "8080");
    let package = Package::new("");
    let mut command = with(&package, roto(), &artifact::of::<T>(), arguments);
    ran(command.env("HELPER", "of another stage"), b"")
}

#[test]
fn what_stands_in_the_code_sets_no_variable_unless_it_is_named() {
    let script = r#"echo "${HELPER-unset} ${SECOND-unset} ${PORT-unset} ${P_HELPER-unset} ${MINE-unset}""#;
    let exec = |options: &[&str]| {
        of::<Stranger>(&[&["exec", "--stage", "t-stranger"], options, &["--", "sh", "-c", script]].concat()).ended(0)
    };
    let ran = exec(&[]);
    assert_eq!(ran.stdout, "unset unset 8080 unset unset\n");
    ran.said("left out, since they stand in the artifact's code; `--prefix` or `--name` gives them a variable: helper, second");
    assert_eq!(exec(&["--prefix", "P_"]).stdout, "of another stage unset unset /tmp/run-me unset\n");
    assert_eq!(exec(&["--name", "helper=MINE"]).stdout, "of another stage unset 8080 unset /tmp/run-me\n");

    let export =
        |options: &[&str]| of::<Stranger>(&[&["export", "--stage", "t-stranger"], options].concat()).ended(0).stdout;
    assert_eq!(export(&[]), "PORT='8080'\n");
    assert_eq!(
        export(&["--format", "shell", "--name", "helper=MINE"]),
        "export MINE='/tmp/run-me'\nexport PORT='8080'\n"
    );
    assert!(export(&["--format", "json"]).contains("\"helper\": \"/tmp/run-me\""), "a file of values sets no variable");
}

#[test]
fn a_variable_that_makes_programs_run_code_has_to_be_named() {
    let variables = ["bash_env", "BASH_ENV", "git.ssh_command", "GIT_SSH_COMMAND"];
    for verb in [["exec", "dotenv"], ["export", "dotenv"], ["export", "shell"]] {
        let arguments: &[&str] = match verb {
            ["exec", _] => &["exec", "--stage", "t-stranger", "--", "echo", "started"],
            [verb, format] => &[verb, "--stage", "t-stranger", "--format", format],
        };
        let mut refused = of::<Reserved>(arguments).ended(2);
        assert_eq!(refused.stdout, "");
        for variable in variables {
            refused = refused.said(variable);
        }
        refused.said("--name FIELD=VARIABLE");
    }
    let named = ["--name", "bash_env=BASH_ENV", "--name", "git.ssh_command=GIT_SSH_COMMAND"];
    of::<Reserved>(&[&["exec", "--stage", "t-stranger"][..], &named, &["--", "true"]].concat()).ended(0);
    of::<Reserved>(&["exec", "--stage", "t-stranger", "--prefix", "P_", "--", "true"]).ended(0);
    of::<Reserved>(&["export", "--stage", "t-stranger", "--format", "json"]).ended(0);
}
