//! The variable that names the stage reaches a program with the stage of the command line, or nothing is started.

use std::process::Command;
use std::sync::Once;

use stage_config::StageConfig;

use crate::support::artifact;
use crate::support::moved::with;
use crate::support::package::{Package, Ran, ran};
use crate::support::peers::roto;
use crate::support::stored::Stored;

/// Two fields whose variables may name the stage, one of them optional.
#[derive(StageConfig)]
#[stage(dev = "/it-stage-var/dev/{field}", prod = "/it-stage-var/prod/{field}")]
#[config(stage_var = "APP_STAGE")]
#[allow(dead_code, reason = "only its description is used")]
struct Config {
    stage: String,
    table: String,
    #[config(nested)]
    app: App,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its description is used")]
struct App {
    stage: Option<String>,
}

/// Without the field that is called so.
#[derive(StageConfig)]
#[stage(dev = "/it-stage-var/dev/{field}", prod = "/it-stage-var/prod/{field}")]
#[config(stage_var = "APP_STAGE")]
#[allow(dead_code, reason = "only its description is used")]
struct Plain {
    stage: String,
    table: String,
}

fn filled() -> Package {
    static FILLED: Once = Once::new();
    FILLED.call_once(|| {
        let stored = Stored::at(roto());
        for name in ["stage", "table", "app/stage"] {
            stored.plain(&format!("/it-stage-var/dev/{name}"), "prod");
        }
    });
    Package::new("")
}

const SCRIPT: &str = r#"echo "$APP_STAGE $STAGE""#;

fn exec<T: StageConfig>(package: &Package, options: &[&str]) -> Command {
    let arguments = [&["exec", "--stage", "dev"], options, &["--", "sh", "-c", SCRIPT]].concat();
    with(package, roto(), &artifact::of::<T>(), &arguments)
}

fn exec_of<T: StageConfig>(package: &Package, options: &[&str]) -> Ran {
    ran(&mut exec::<T>(package, options), b"")
}

#[test]
fn a_field_does_not_replace_the_stage() {
    let package = filled();
    for options in [&[][..], &["--pristine"], &["--name", "app.stage=APP_STAGE"]] {
        let ran = exec_of::<Config>(&package, options).ended(2).said("`app.stage`").said("--name app.stage=VARIABLE");
        assert_eq!(ran.stdout, "", "{options:?}");
        ran.said("APP_STAGE, which names the stage");
    }
    for options in [&["--prefix", "APP_"][..], &["--name", "stage=APP_STAGE"], &["--name", "table=APP_STAGE"]] {
        let ran = exec_of::<Plain>(&package, options).ended(2).said("APP_STAGE, which names the stage");
        assert_eq!(ran.stdout, "", "{options:?}");
    }
    let ran = exec_of::<Config>(&package, &["--name", "app.stage=APPS_OWN_STAGE"]).ended(0);
    assert_eq!(ran.stdout, "dev prod\n");
    let ran = exec_of::<Plain>(&package, &[]).ended(0);
    assert_eq!(ran.stdout, "dev prod\n", "STAGE is another variable than APP_STAGE");
}

#[test]
fn neither_the_shell_nor_a_file_replaces_the_stage() {
    let package = filled();
    let of_shell = ran(exec::<Plain>(&package, &[]).env("APP_STAGE", "prod"), b"").ended(0);
    assert_eq!(of_shell.stdout, "dev prod\n");

    package.put("other.env", "TABLE=t\nAPP_STAGE=prod\n");
    let of_file = exec_of::<Plain>(&package, &["--env-file", "other.env"]).ended(2);
    assert_eq!(of_file.stdout, "");
    let of_file = of_file.said("other.env sets APP_STAGE, which names the stage, to something else than `dev`");
    assert!(!of_file.stderr.contains("prod"), "{}", of_file.stderr);

    package.put("same.env", "APP_STAGE=dev\n");
    assert_eq!(exec_of::<Plain>(&package, &["--env-file", "same.env"]).ended(0).stdout, "dev prod\n");
}

#[test]
fn no_file_of_variables_replaces_the_stage() {
    let package = filled();
    let export = |options: &[&str]| {
        let arguments = [&["export", "--stage", "dev"], options].concat();
        ran(&mut with(&package, roto(), &artifact::of::<Config>(), &arguments), b"")
    };
    for format in ["dotenv", "shell"] {
        let refused =
            export(&["--format", format]).ended(2).said("`app.stage`").said("APP_STAGE, which names the stage");
        assert_eq!(refused.stdout, "", "{format}");
        let written = export(&["--format", format, "--name", "app.stage=APPS_OWN_STAGE"]).ended(0);
        assert!(!written.stdout.contains("APP_STAGE="), "{}", written.stdout);
    }
    for format in ["json", "yaml"] {
        assert!(export(&["--format", format]).ended(0).stdout.contains("stage"), "{format} has no variables");
    }
}
