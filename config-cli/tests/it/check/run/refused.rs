//! Refusals of `check --run`: an option is wrong, the machine cannot run the program, the program
//! runs in Lambda, or the program cannot read the request or create the report.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use stage_config::StageConfig as _;

use super::program;
use crate::check::{Config, complete_values, parse_json, start_endpoint};
use crate::support::artifact::build_elf;
use crate::support::environment;
use crate::support::package::{Package, RunOutput, run_command};

const VARIABLE: &str = "STAGE_CONFIG_CHECK_RUN";

fn check(package: &Package, options: &[&str]) -> RunOutput {
    let mut command = package.verb_command(&[&["check", "--stage", "prod"], options].concat());
    run_command(&mut command, b"")
}

#[test]
fn wrong_options_of_a_run_are_refused() {
    let package = Package::new("");
    for option in ["--no-decrypt", "--offline"] {
        check(&package, &["--run", option, "--artifact", "absent"])
            .assert_code(2)
            .assert_stderr("cannot be used with");
    }
    for option in [&["--show-output"][..], &["--run-timeout", "5s"]] {
        check(&package, &[option, &["--artifact", "absent"]].concat())
            .assert_code(2)
            .assert_stderr("--run");
    }
    let form = "tip: expected a duration with its unit, as in `30s`";
    for (limit, problem) in [
        ("0s", "tip: expected a duration longer than 0s, as in `90s`"),
        ("5", form),
        ("5M", form),
        ("5M", "write minutes as in `5m`"),
        ("90S", "units are in lower case, as in `5s`"),
        ("soon", form),
    ] {
        check(&package, &["--run", "--run-timeout", limit])
            .assert_code(2)
            .assert_stderr(problem);
    }
}

/// The program is an object file, which no system can run. The report still contains the results of
/// the command's own check.
#[cfg(unix)]
#[test]
fn a_program_that_cannot_start_hides_no_problem() {
    use std::os::unix::fs::PermissionsExt as _;

    let package = Package::new("");
    let file = package.write("other", build_elf(&[Config::__manifest()]));
    let run = |values, stages: &[&str], code| {
        let endpoint = start_endpoint(values);
        let options = ["check", "--run", "--artifact", "other"];
        let mut command = package.verb_command(&[&options, stages].concat());
        command.env("AWS_ENDPOINT_URL", &endpoint.url);
        run_command(&mut command, b"").assert_code(code)
    };
    let set_mode = |mode| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("the file exists");
    };
    for (mode, reason) in [
        (0o755, "built for another platform than this machine"),
        (0o644, "the permission to run"),
    ] {
        set_mode(mode);
        let prod = ["--stage", "prod"];
        let wrong = run(<_>::default(), &prod, 1).stdout;
        assert!(wrong.starts_with("prod: INCOMPLETE\n"), "{wrong}");
        assert!(wrong.contains("MISSING  /it-check/prod/table\n"), "{wrong}");
        let item = "not verified: the program was not started\n";
        assert!(wrong.contains(item), "{wrong}");
        assert_eq!(wrong.matches(reason).count(), 1, "{wrong}");
        let complete = run(complete_values(), &prod, 2).stdout;
        assert!(
            complete.starts_with("prod: could not be checked\n"),
            "{complete}"
        );
        assert!(complete.contains(reason), "{complete}");

        // The other stages are read too.
        let both = ["--stage", "dev", "--stage", "prod", "--json"];
        let report = parse_json(&run(complete_values(), &both, 1));
        for (stage, result) in [(0, "incomplete"), (1, "unchecked")] {
            let stage = &report["stages"][stage];
            assert_eq!(stage["result"], result, "{stage}");
            assert_eq!(stage["run"]["kind"], "not_started");
            assert!(stage["problem"].to_string().contains(reason), "{stage}");
        }
    }
}

#[test]
fn a_zip_cannot_be_run() {
    use std::io::Write as _;

    let package = Package::new("");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("bootstrap", zip::write::SimpleFileOptions::default())
        .expect("a file can be added");
    zip.write_all(&build_elf(&[Config::__manifest()]))
        .expect("the file can be written");
    let content = zip.finish().expect("the zip can be written").into_inner();
    package.write("bootstrap.zip", content);
    check(&package, &["--run", "--artifact", "bootstrap.zip"])
        .assert_code(2)
        .assert_stderr("bootstrap.zip is a zip, which cannot be run")
        .assert_stderr("unpack the zip");
}

/// Runs the program without the command. The variable `STAGE_CONFIG_CHECK_RUN` contains this
/// request.
fn run_program(request: &str, variables: &[(&str, &str)]) -> RunOutput {
    let mut command = Command::new(program());
    environment::clear(&mut command);
    command
        .env("BEHAVIOUR", "other first")
        .env("stage", "prod")
        .env(VARIABLE, request)
        .envs(variables.iter().copied());
    run_command(&mut command, b"")
}

/// Returns a request to check a configuration of the program.
pub(super) fn new_request(version: u32, config: &str, report: &Path) -> String {
    let config = format!("cargo-stage/self_check::{config}");
    json!({ "version": version, "config": config, "stage": "prod", "report": report }).to_string()
}

#[test]
fn the_report_is_a_new_file_of_this_user() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let report = folder.path().join("report.json");
    run_program(&new_request(1, "Colours", &report), &[]).assert_code(0);
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(&report).expect("the report exists")).expect("it is JSON");
    assert_eq!(
        (&json["version"], &json["fields"][0]["outcome"]),
        (&json!(1), &json!("source"))
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        assert_eq!(
            fs::metadata(&report).expect("it exists").mode() & 0o777,
            0o600
        );
    }

    // The folder of this report does not exist.
    let absent = folder.path().join("absent/report.json");
    let ran = run_program(&new_request(1, "Colours", &absent), &[]).assert_code(1);
    assert!(
        ran.stderr
            .contains("the report of `cargo stage check --run` cannot be written")
    );
}

/// If the file of the report already exists, another process has created it, for example a process
/// that this program started. The program must not change the file.
#[cfg(unix)]
#[test]
fn the_report_overwrites_no_file_and_follows_no_symbolic_link() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "unchanged").expect("the file can be written");
    std::os::unix::fs::symlink(&file, &link).expect("a link can be created");
    for report in [&file, &link] {
        let ran = run_program(&new_request(1, "Colours", report), &[]).assert_code(1);
        for text in [
            "another process has created the report of `cargo stage check --run`",
            "start the program once",
        ] {
            assert!(ran.stderr.contains(text), "{}", ran.stderr);
        }
        assert_eq!(fs::read_to_string(&file).expect("it exists"), "unchanged");
    }
}

#[test]
fn a_load_refuses_the_request_in_lambda() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let report = folder.path().join("report.json");
    let lambda = [("AWS_LAMBDA_FUNCTION_NAME", "payments")];
    let ran = run_program(&new_request(1, "Colours", &report), &lambda).assert_code(1);
    let error = "`STAGE_CONFIG_CHECK_RUN` is set in Lambda, where the check would end the function";
    assert!(ran.stderr.contains(error), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("unset `STAGE_CONFIG_CHECK_RUN`"),
        "{}",
        ran.stderr
    );
    assert!(!report.exists());

    // In an emulator, the program does not refuse the request.
    let emulator = [lambda[0], ("AWS_SAM_LOCAL", "true")];
    run_program(&new_request(1, "Colours", &report), &emulator).assert_code(0);
    assert!(report.exists());
}

#[test]
fn a_load_refuses_a_request_that_it_cannot_read() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let report = folder.path().join("report.json");
    for (request, error) in [
        (
            "1".to_owned(),
            "is not a request of `cargo stage check --run`",
        ),
        (
            "{\"version\":1}".to_owned(),
            "is not a request of `cargo stage check --run`",
        ),
        (
            new_request(2, "Colours", &report),
            "a version of `cargo stage` that this program does not support",
        ),
    ] {
        let ran = run_program(&request, &[]).assert_code(1);
        assert!(ran.stderr.contains(error), "{}", ran.stderr);
    }
    // An empty variable counts as unset.
    assert!(!run_program("", &[]).stderr.contains(VARIABLE));
}
