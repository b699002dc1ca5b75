//! A planted secret appears in no output of `cargo stage seal`, and in no file that it writes.

use std::path::Path;

use crate::support::package::{Package, RunOutput, open_sealed, run_command};
use crate::support::planted::{SECRET, assert_clean};

#[track_caller]
fn assert_run_clean(context: &str, package: &Package, ran: RunOutput) {
    assert_clean(context, &format!("{}{}", ran.stdout, ran.stderr));
    for (path, content) in package.read_sealed() {
        assert_clean(
            &format!("{context}: {}", path.display()),
            &String::from_utf8_lossy(&content),
        );
    }
}

#[test]
fn sealing_verifying_and_rekeying_print_no_value() {
    let package = Package::with_stage("silent");
    let secret = SECRET.as_bytes();
    assert_run_clean(
        "seal",
        &package,
        package
            .pipe(&["a", "--stage", "prod"], secret)
            .assert_code(0),
    );
    assert_run_clean(
        "refused",
        &package,
        package
            .pipe(&["a", "--stage", "prod"], secret)
            .assert_code(1),
    );
    assert_run_clean(
        "no text",
        &package,
        package
            .pipe(&["b", "--stage", "prod"], &[secret, b"\xff"].concat())
            .assert_code(0),
    );
    assert_run_clean(
        "too long",
        &package,
        package
            .pipe(&["c", "--stage", "prod"], &secret.repeat(100_000))
            .assert_code(1),
    );
    assert_run_clean(
        "no stage",
        &package,
        package
            .pipe(&["a", "--stage", "dev"], secret)
            .assert_code(1),
    );
    assert_run_clean(
        "verify",
        &package,
        package.run(&["--verify", "--stage", "prod"]).assert_code(0),
    );
    assert_run_clean(
        "rekey",
        &package,
        package.run(&["--rekey", "--stage", "prod"]).assert_code(0),
    );
    assert_eq!(open_sealed(&package, "prod", "a"), secret);
}

#[test]
fn the_content_of_a_plain_text_file_is_not_printed() {
    let package = Package::with_stage("in-clear");
    package.write("sealed/prod/a", SECRET);
    for arguments in [
        ["--verify", "--stage", "prod"],
        ["--rekey", "--stage", "prod"],
    ] {
        let ran = package.run(&arguments).assert_code(1);
        assert_clean(arguments[0], &format!("{}{}", ran.stdout, ran.stderr));
    }
    package.write("secrets/a", SECRET);
    let ran = package
        .run(&[
            "--overwrite",
            "--import-vinz",
            "secrets/a",
            "--stage",
            "prod",
        ])
        .assert_code(1);
    assert_clean("--import-vinz", &format!("{}{}", ran.stdout, ran.stderr));
}

#[test]
fn a_value_as_argument_is_refused_and_not_printed() {
    let package = Package::with_stage("argument");
    let before = package.read_sealed();
    let pair = format!("a={SECRET}");
    let option = format!("--value={SECRET}");
    for arguments in [
        ["a", SECRET],
        [&pair, "--trim"],
        ["a", &option],
        ["--init", SECRET],
    ] {
        let ran = package
            .run(&[arguments.as_slice(), &["--stage", "prod"]].concat())
            .assert_code(2);
        assert_clean(
            &arguments.join(" "),
            &format!("{}{}", ran.stdout, ran.stderr),
        );
    }
    package
        .run(&["a", SECRET, "--stage", "prod"])
        .assert_code(2)
        .assert_stderr("never given as an argument");
    assert_eq!(package.read_sealed(), before);
}

/// Temporary files are created next to the files that they become.
#[test]
fn the_temporary_folder_of_the_system_stays_empty() {
    let package = Package::with_stage("temporary");
    let temporary = tempfile::tempdir().unwrap();
    let mut command = package.seal_command(&["a", "--stage", "prod"]);
    run_command(command.env("TMPDIR", temporary.path()), SECRET.as_bytes()).assert_code(0);
    let mut command = package.seal_command(&["--rekey", "--stage", "prod"]);
    run_command(command.env("TMPDIR", temporary.path()), b"").assert_code(0);
    let files: Vec<_> = std::fs::read_dir(temporary.path()).unwrap().collect();
    assert!(files.is_empty(), "{files:?}");
    assert!(Path::new(package.path()).join("sealed/prod/a").is_file());
}
