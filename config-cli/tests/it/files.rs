//! `cargo stage seal`: the files that it writes and verifies, the input that it refuses, and a
//! table that it cannot write. One test shows that cargo finds the command.

use std::process::Command;

use crate::support::package::{COMMAND, Package, cargo, open_sealed, run_command};

#[test]
fn cargo_finds_the_command() {
    let folder = std::path::Path::new(COMMAND).parent().unwrap();
    let path = std::env::join_paths(
        [folder.to_path_buf()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut command = Command::new(cargo());
    command
        .args(["stage", "--version"])
        .env("PATH", path.unwrap());
    assert_eq!(
        run_command(&mut command, b"").assert_code(0).stdout,
        concat!("cargo stage ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_sealed_value_is_replaced_only_with_overwrite() {
    let package = Package::with_stage("overwrite");
    package
        .pipe(&["a", "--stage", "prod"], b"first")
        .assert_code(0);
    let before = package.read_sealed();
    package
        .pipe(&["a", "--stage", "prod"], b"second")
        .assert_code(1)
        .assert_stderr("sealed/prod/a exists")
        .assert_stderr("`--overwrite`");
    assert_eq!(package.read_sealed(), before);
    package
        .pipe(&["a", "--stage", "prod", "--overwrite"], b"second")
        .assert_code(0);
    assert_eq!(open_sealed(&package, "prod", "a"), b"second");
}

/// A file of 16 MiB is read.
#[test]
fn a_file_that_is_too_long_is_named() {
    let package = Package::with_stage("long");
    let verify = |length: usize| {
        package.write("sealed/prod/long", "x".repeat(length));
        package.run(&["--verify", "--stage", "prod", "--offline"])
    };
    let too_long = "sealed/prod/long is too long: it has more than 16 MiB";
    let ran = verify((16 << 20) + 1).assert_code(1);
    assert!(format!("{ran:?}").contains(too_long), "{ran:?}");
    let ran = verify(16 << 20).assert_code(1);
    assert!(!format!("{ran:?}").contains("too long"), "{ran:?}");
}

#[test]
fn a_new_name_that_resembles_an_existing_one_causes_a_note() {
    let package = Package::with_stage("similar");
    let seal = |name: &str| {
        package
            .pipe(&[name, "--stage", "prod"], b"x")
            .assert_code(0)
    };
    seal("session_key").assert_stderr("is sealed");
    seal("session-key").assert_stderr(
        "note: `session-key` is a new value; to replace the existing `session_key`: cargo stage \
         seal session_key --stage prod --overwrite",
    );

    // The name is not new: another stage has the value.
    package.write("sealed/dev/session.key", "");
    for name in ["session.key", "unrelated"] {
        let ran = seal(name);
        assert!(!ran.stderr.contains("is a new value"), "{}", ran.stderr);
    }
}

#[test]
fn a_line_end_is_kept_unless_trimmed() {
    let package = Package::with_stage("line-ends");
    package
        .pipe(&["kept", "--stage", "prod"], b"x\n")
        .assert_code(0)
        .assert_stderr("is kept; `--trim` drops it");
    assert_eq!(open_sealed(&package, "prod", "kept"), b"x\n");
    package
        .pipe(&["dropped", "--stage", "prod", "--trim"], b"x\r\n")
        .assert_code(0)
        .assert_stderr("was dropped (--trim)");
    assert_eq!(open_sealed(&package, "prod", "dropped"), b"x");
    let ran = package
        .pipe(&["none", "--stage", "prod"], b"x")
        .assert_code(0);
    assert!(!ran.stderr.contains("note:"), "{}", ran.stderr);
}

#[test]
fn an_empty_value_is_refused() {
    let package = Package::with_stage("empty");
    for input in ["", "\n", "\r\n"] {
        package
            .pipe(&["a", "--stage", "prod"], input.as_bytes())
            .assert_code(1)
            .assert_stderr("the value is empty");
    }
    assert_eq!(
        package.read_sealed().len(),
        1,
        "only the stage key must exist"
    );
}

#[test]
fn invalid_names_are_refused() {
    let package = Package::with_stage("names");
    for name in [
        "../x",
        "a/b",
        ".x",
        "stage.key",
        "STAGE.KEY",
        "a b",
        "sealed:x",
        "{field}",
        "",
        &"x".repeat(129),
    ] {
        let ran = package
            .pipe(&[name, "--stage", "prod"], b"1")
            .assert_code(2);
        assert!(ran.stderr.contains("help:"), "{name}: {}", ran.stderr);
    }
    for stage in ["../prod", "", "all", "pr/1"] {
        package
            .pipe(&["a", "--stage", stage], b"1")
            .assert_code(2)
            .assert_stderr("is not a valid name for a stage");
    }
    package.pipe(&["a", "--stage", "prod"], b"1").assert_code(0);
    package
        .pipe(&["A", "--stage", "prod"], b"1")
        .assert_code(1)
        .assert_stderr("differs from sealed/prod/a only in case");
    assert_eq!(package.read_sealed().len(), 2);
}

#[test]
fn an_unknown_stage_is_refused_with_a_suggestion() {
    let package = Package::with_stage("no-such-stage");
    for stage in ["prd", "PROD", "prodd"] {
        package
            .pipe(&["a", "--stage", stage], b"1")
            .assert_code(1)
            .assert_stderr("did you mean `prod`?")
            .assert_stderr("seal --init --stage");
    }
    package
        .pipe(&["a", "--stage", "dev"], b"1")
        .assert_code(1)
        .assert_stderr("there is no sealed/dev/stage.key; stages with a key: `prod`");
    package
        .run(&["--verify", "--stage", "prdo", "--offline"])
        .assert_code(2)
        .assert_stderr("did you mean `prod`?");
    package
        .run(&["--init", "--stage", "PROD", "--kms-key", "x"])
        .assert_code(1)
        .assert_stderr("only in case");

    // The command suggests a stage for a typo even if the stage has only settings, and no key.
    let package = Package::new("[package.metadata.stage.prod]\nregion = \"eu-west-1\"\n");
    package
        .pipe(&["a", "--stage", "dev"], b"1")
        .assert_code(1)
        .assert_stderr("there is no sealed/dev/stage.key\n");
    package
        .pipe(&["a", "--stage", "prdo"], b"1")
        .assert_code(1)
        .assert_stderr("did you mean `prod`?");
}

#[test]
fn a_key_of_another_app_or_stage_is_refused() {
    let package = Package::with_stage("another-app");
    let with_other_app = ["a", "--stage", "prod", "--app", "mail"];
    package
        .pipe(&with_other_app, b"1")
        .assert_code(1)
        .assert_stderr("belongs to the app `payments`")
        .assert_stderr("app = \"payments\"");
    package.write(
        "sealed/dev/stage.key",
        package.read("sealed/prod/stage.key"),
    );
    package
        .pipe(&["a", "--stage", "dev"], b"1")
        .assert_code(1)
        .assert_stderr("is the key of the stage `prod`");
}

#[test]
fn seal_outside_a_package_is_an_error() {
    let outside = tempfile::tempdir().unwrap();
    let mut command = Package::new("").seal_command(&["a", "--stage", "prod"]);
    run_command(command.current_dir(outside.path()), b"1")
        .assert_code(2)
        .assert_stderr("there is no Cargo.toml")
        .assert_stderr("--manifest-path");
}

#[test]
fn files_with_windows_line_ends_are_valid() {
    let package = Package::with_stage("windows");
    package.pipe(&["a", "--stage", "prod"], b"1").assert_code(0);
    for name in ["stage.key", "a"] {
        let path = format!("sealed/prod/{name}");
        package.write(&path, package.read(&path).replace('\n', "\r\n"));
    }
    package.run(&["--verify", "--stage", "prod"]).assert_code(0);
}

#[test]
#[cfg(unix)]
fn sealed_files_are_world_readable_and_no_other_file_remains() {
    use std::os::unix::fs::PermissionsExt as _;
    let package = Package::with_stage("modes");
    package.pipe(&["a", "--stage", "prod"], b"1").assert_code(0);
    package.run(&["--rekey", "--stage", "prod"]).assert_code(0);
    let files = package.read_sealed();
    assert_eq!(
        files
            .keys()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>(),
        ["sealed/prod/a", "sealed/prod/stage.key"]
    );
    for path in files.keys() {
        let mode = std::fs::metadata(package.path().join(path))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o644, "{}", path.display());
    }
    let folders: Vec<_> = std::fs::read_dir(package.path().join("sealed"))
        .unwrap()
        .collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
}

/// The result of `seal --verify` is a table, so the command fails if it cannot write the table.
#[test]
#[cfg(target_os = "linux")]
fn a_table_that_cannot_be_written_is_an_error() {
    let package = Package::with_stage("full");
    package
        .pipe(&["a", "--stage", "prod"], b"first")
        .assert_code(0);
    let full = std::fs::File::options().write(true).open("/dev/full");
    let mut command = package.verb_command(&["seal", "--verify", "--offline", "--stage", "prod"]);
    command.stdout(full.expect("Linux has this device"));
    let output = command.output().expect("the command can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(
        errors.contains("standard output cannot be written"),
        "{errors}"
    );
}
