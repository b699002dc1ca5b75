//! Either the stage variable of a program holds the stage of the command line, or no program
//! starts. The variable of a field in an export is never the stage variable.

use std::process::Command;
use std::sync::Once;

use stage_config::StageConfig;

use crate::support::artifact;
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::roto;
use crate::support::store_clients::StoreClients;
use crate::support::transfer_config::command_for;

/// A configuration with an optional field, `app.stage`, whose variable is the stage variable.
#[derive(StageConfig)]
#[stage(dev = "/it-stage-var/dev/{field}", prod = "/it-stage-var/prod/{field}")]
#[config(stage_var = "APP_STAGE")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    stage: String,
    table: String,
    #[config(nested)]
    app: App,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct App {
    stage: Option<String>,
}

/// A configuration without a field whose variable is the stage variable.
#[derive(StageConfig)]
#[stage(dev = "/it-stage-var/dev/{field}", prod = "/it-stage-var/prod/{field}")]
#[config(stage_var = "APP_STAGE")]
#[allow(dead_code, reason = "only its schema is used")]
struct Plain {
    stage: String,
    table: String,
}

fn new_filled_package() -> Package {
    static FILLED: Once = Once::new();
    FILLED.call_once(|| {
        let clients = StoreClients::new(roto());
        for name in ["stage", "table", "app/stage"] {
            clients.put_string(&format!("/it-stage-var/dev/{name}"), "prod");
        }
    });
    Package::new("")
}

const SCRIPT: &str = r#"echo "$APP_STAGE $STAGE""#;

fn exec_command<T: StageConfig>(package: &Package, options: &[&str]) -> Command {
    let arguments = [
        &["exec", "--stage", "dev"],
        options,
        &["--", "sh", "-c", SCRIPT],
    ]
    .concat();
    command_for(
        package,
        roto(),
        &artifact::write_artifact::<T>(),
        &arguments,
    )
}

fn run_exec<T: StageConfig>(package: &Package, options: &[&str]) -> RunOutput {
    run_command(&mut exec_command::<T>(package, options), b"")
}

#[test]
fn a_field_cannot_replace_the_stage_variable() {
    let package = new_filled_package();
    for options in [&[][..], &["--pristine"], &["--name", "app.stage=APP_STAGE"]] {
        let ran = run_exec::<Config>(&package, options)
            .assert_code(2)
            .assert_stderr("`app.stage`")
            .assert_stderr("--name app.stage=VARIABLE");
        assert_eq!(ran.stdout, "", "{options:?}");
        ran.assert_stderr("`APP_STAGE`, which names the stage");
    }
    for options in [
        &["--prefix", "APP_"][..],
        &["--name", "stage=APP_STAGE"],
        &["--name", "table=APP_STAGE"],
    ] {
        let ran = run_exec::<Plain>(&package, options)
            .assert_code(2)
            .assert_stderr("`APP_STAGE`, which names the stage");
        assert_eq!(ran.stdout, "", "{options:?}");
    }
    let ran = run_exec::<Config>(&package, &["--name", "app.stage=APPS_OWN_STAGE"]).assert_code(0);
    assert_eq!(ran.stdout, "dev prod\n");
    let ran = run_exec::<Plain>(&package, &[]).assert_code(0);
    assert_eq!(
        ran.stdout, "dev prod\n",
        "STAGE is another variable than APP_STAGE"
    );
}

#[test]
fn a_shell_or_env_file_cannot_replace_the_stage_variable() {
    let package = new_filled_package();
    let ran_with_shell = run_command(
        exec_command::<Plain>(&package, &[]).env("APP_STAGE", "prod"),
        b"",
    )
    .assert_code(0);
    assert_eq!(ran_with_shell.stdout, "dev prod\n");

    package.write("other.env", "TABLE=t\nAPP_STAGE=prod\n");
    let ran_with_file = run_exec::<Plain>(&package, &["--env-file", "other.env"]).assert_code(2);
    assert_eq!(ran_with_file.stdout, "");
    let ran_with_file = ran_with_file
        .assert_stderr("other.env sets the stage variable APP_STAGE to another stage than `dev`");
    assert!(
        !ran_with_file.stderr.contains("prod"),
        "{}",
        ran_with_file.stderr
    );

    package.write("same.env", "APP_STAGE=dev\n");
    assert_eq!(
        run_exec::<Plain>(&package, &["--env-file", "same.env"])
            .assert_code(0)
            .stdout,
        "dev prod\n"
    );
}

#[test]
fn an_export_cannot_replace_the_stage_variable() {
    let package = new_filled_package();
    let export = |options: &[&str]| {
        let arguments = [&["export", "--stage", "dev"], options].concat();
        run_command(
            &mut command_for(
                &package,
                roto(),
                &artifact::write_artifact::<Config>(),
                &arguments,
            ),
            b"",
        )
    };
    for format in ["dotenv", "shell"] {
        let refused = export(&["--format", format])
            .assert_code(2)
            .assert_stderr("`app.stage`")
            .assert_stderr("`APP_STAGE`, which names the stage");
        assert_eq!(refused.stdout, "", "{format}");
        let written =
            export(&["--format", format, "--name", "app.stage=APPS_OWN_STAGE"]).assert_code(0);
        assert!(!written.stdout.contains("APP_STAGE="), "{}", written.stdout);
    }
    for format in ["json", "yaml"] {
        assert!(
            export(&["--format", format])
                .assert_code(0)
                .stdout
                .contains("stage"),
            "{format} has no variables"
        );
    }
}
