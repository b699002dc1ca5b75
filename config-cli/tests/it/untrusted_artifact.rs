//! `exec` and `export` with an untrusted artifact, whose fields may have any name and whose code
//! may contain values.

use aws_sdk_ssm::types::ParameterType;
use stage_config::StageConfig;

use crate::support::artifact;
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::roto;
use crate::support::stores::put_parameter;
use crate::support::transfer_config::command_for;

#[derive(StageConfig)]
#[stage(
    dev = "/strangers/{stage}/{field}",
    fallback = "/strangers/{stage}/{field}"
)]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Untrusted {
    #[stage(all = "value:/tmp/run-me")]
    helper: String,
    #[stage(all = ["/strangers/{stage}/none", "value:/tmp/run-me"])]
    second: String,
    port: u16,
}

#[derive(StageConfig)]
#[stage(
    dev = "/strangers/{stage}/{field}",
    fallback = "/strangers/{stage}/{field}"
)]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Reserved {
    bash_env: Option<String>,
    #[config(nested)]
    git: Git,
    port: u16,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Git {
    ssh_command: Option<String>,
}

/// Defines configurations whose stage variable makes shells or other programs run code.
macro_rules! reserved_stage_variable {
    ($($name:ident = $variable:literal;)+) => {$(
        #[derive(StageConfig)]
        #[stage(dev = "/strangers/{stage}/{field}", fallback = "/strangers/{stage}/{field}")]
        #[config(stage_var = $variable, preview("t-*"))]
        #[allow(dead_code, reason = "only its schema is used")]
        struct $name {
            port: u16,
        }
    )+};
}

reserved_stage_variable! {
    BashEnv = "BASH_ENV";
    Env = "ENV";
    LdPreload = "LD_PRELOAD";
    NodeOptions = "NODE_OPTIONS";
    Perl5Opt = "PERL5OPT";
}

fn run_verb<T: StageConfig>(arguments: &[&str]) -> RunOutput {
    run_in_package::<T>(&Package::new(""), arguments)
}

fn run_in_package<T: StageConfig>(package: &Package, arguments: &[&str]) -> RunOutput {
    put_parameter(
        roto(),
        "/strangers/t-stranger/port",
        ParameterType::String,
        "8080",
    );
    let mut command = command_for(package, roto(), &artifact::write_artifact::<T>(), arguments);
    run_command(command.env("HELPER", "of another stage"), b"")
}

#[test]
fn a_value_in_the_code_sets_a_variable_only_with_prefix_or_name() {
    let script =
        r#"echo "${HELPER-unset} ${SECOND-unset} ${PORT-unset} ${P_HELPER-unset} ${MINE-unset}""#;
    let exec = |options: &[&str]| {
        run_verb::<Untrusted>(
            &[
                &["exec", "--stage", "t-stranger"],
                options,
                &["--", "sh", "-c", script],
            ]
            .concat(),
        )
        .assert_code(0)
    };
    let ran = exec(&[]);
    assert_eq!(ran.stdout, "unset unset 8080 unset unset\n");
    ran.assert_stderr(
        "left out, since the artifact's code decides their text; `--prefix` or `--name` gives them a \
         variable: helper, second",
    );
    assert_eq!(
        exec(&["--prefix", "P_"]).stdout,
        "of another stage unset unset /tmp/run-me unset\n"
    );
    assert_eq!(
        exec(&["--name", "helper=MINE"]).stdout,
        "of another stage unset 8080 unset /tmp/run-me\n"
    );

    let export = |options: &[&str]| {
        run_verb::<Untrusted>(&[&["export", "--stage", "t-stranger"], options].concat())
            .assert_code(0)
            .stdout
    };
    assert_eq!(export(&[]), "PORT='8080'\n");
    assert_eq!(
        export(&["--format", "shell", "--name", "helper=MINE"]),
        "export MINE='/tmp/run-me'\nexport PORT='8080'\n"
    );
    assert!(
        export(&["--format", "json"]).contains("\"helper\": \"/tmp/run-me\""),
        "a JSON export sets no variable"
    );
}

#[test]
fn a_variable_that_makes_programs_run_code_needs_the_option_name() {
    let variables = ["bash_env", "BASH_ENV", "git.ssh_command", "GIT_SSH_COMMAND"];
    for verb in [
        ["exec", "dotenv"],
        ["export", "dotenv"],
        ["export", "shell"],
    ] {
        let arguments: &[&str] = match verb {
            ["exec", _] => &["exec", "--stage", "t-stranger", "--", "echo", "started"],
            [verb, format] => &[verb, "--stage", "t-stranger", "--format", format],
        };
        let mut refused = run_verb::<Reserved>(arguments).assert_code(2);
        assert_eq!(refused.stdout, "");
        for variable in variables {
            refused = refused.assert_stderr(variable);
        }
        refused.assert_stderr("--name FIELD=VARIABLE");
    }
    let named = [
        "--name",
        "bash_env=BASH_ENV",
        "--name",
        "git.ssh_command=GIT_SSH_COMMAND",
    ];
    run_verb::<Reserved>(
        &[
            &["exec", "--stage", "t-stranger"][..],
            &named,
            &["--", "true"],
        ]
        .concat(),
    )
    .assert_code(0);
    run_verb::<Reserved>(&[
        "exec",
        "--stage",
        "t-stranger",
        "--prefix",
        "P_",
        "--",
        "true",
    ])
    .assert_code(0);
    run_verb::<Reserved>(&["export", "--stage", "t-stranger", "--format", "json"]).assert_code(0);
}

#[test]
fn exec_refuses_a_stage_variable_that_makes_programs_run_code() {
    let refused = |ran: RunOutput, variable: &str| {
        let ran = ran.assert_code(2).assert_stderr(&format!(
            "the stage variable of the artifact is {variable}, which tells shells"
        ));
        assert_eq!(ran.stdout, "", "{variable}");
        ran.assert_stderr("--env-file")
            .assert_stderr("without `--artifact`");
    };
    for options in [
        &[][..],
        &["--pristine"],
        &["--prefix", "P_"],
        &["--name", "port=PGPORT"],
    ] {
        let exec = [
            &["exec", "--stage", "t-stranger"],
            options,
            &["--", "echo", "started"],
        ]
        .concat();
        refused(run_verb::<BashEnv>(&exec), "BASH_ENV");
        refused(run_verb::<Env>(&exec), "ENV");
        refused(run_verb::<LdPreload>(&exec), "LD_PRELOAD");
        refused(run_verb::<NodeOptions>(&exec), "NODE_OPTIONS");
        refused(run_verb::<Perl5Opt>(&exec), "PERL5OPT");
    }
    run_verb::<BashEnv>(&["export", "--stage", "t-stranger"]).assert_code(0);
}

#[test]
fn a_reserved_stage_variable_is_allowed_if_an_env_file_sets_it() {
    let package = Package::new("");
    package.write("confirming.env", "ENV=t-stranger\n");
    package.write("other.env", "PORT=8081\n");
    let exec = |file: &str| {
        let script = r#"echo "$ENV $PORT""#;
        run_in_package::<Env>(
            &package,
            &[
                "exec",
                "--stage",
                "t-stranger",
                "--env-file",
                file,
                "--",
                "sh",
                "-c",
                script,
            ],
        )
    };
    assert_eq!(
        exec("confirming.env").assert_code(0).stdout,
        "t-stranger 8080\n"
    );
    assert_eq!(exec("other.env").assert_code(2).stdout, "");
}
