//! Tests of `cargo stage seal --import-vinz`, which imports the encrypted files of the npm package
//! vinz.

use std::fs;

use crate::support::kms::{create_key, env_variables};
use crate::support::package::{Package, open_sealed, run_command};
use crate::support::peers::moto;
use crate::support::planted::{SECRET, assert_clean};
use crate::support::{environment, node};

/// Runs `vinz --encrypt NAME` with the value as input. The command writes `secrets/NAME` in the
/// package.
fn encrypt(package: &Package, name: &str, value: &str) {
    let installed = node::vinz_folder();
    // vinz would create the folder with a call that Node has refused since version 10. So the test
    // creates the folder.
    fs::create_dir_all(package.path().join("secrets")).expect("the folder can be created");
    let mut command = node::command("node");
    command.arg("--require").arg(installed.join("endpoint.js"));
    command
        .arg(installed.join("node_modules/vinz/dist/cli.js"))
        .args(["--encrypt", name])
        .current_dir(package.path());
    environment::clear(&mut command);
    // vinz looks for AWS's files in `HOME`, and fails without the variable.
    command
        .envs(env_variables(moto()))
        .env("HOME", package.path());
    let ran = run_command(&mut command, format!("{value}\n").as_bytes()).assert_code(0);
    assert!(
        package.path().join("secrets").join(name).exists(),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

/// All imports are in one test, because vinz always uses the KMS alias `alias/vinz`, and a server
/// refuses to create an alias a second time.
#[test]
fn files_of_vinz_are_imported() {
    let package = Package::with_stage("import-vinz");
    create_key("alias/vinz");
    encrypt(&package, "twitter_key", SECRET);
    encrypt(&package, "umlaut", "Größe 1½");
    let import = |more: &[&str]| {
        let arguments = [
            "--stage",
            "prod",
            "--import-vinz",
            "secrets/twitter_key",
            "secrets/umlaut",
        ];
        package.run(&[more, arguments.as_slice()].concat())
    };

    let ran = import(&[])
        .assert_code(0)
        .assert_stderr("sealed/prod/twitter_key is sealed")
        .assert_stderr("sealed/prod/umlaut is sealed");
    assert_clean("the import", &format!("{}{}", ran.stdout, ran.stderr));
    assert_eq!(
        open_sealed(&package, "prod", "twitter_key"),
        SECRET.as_bytes()
    );
    assert_eq!(
        open_sealed(&package, "prod", "umlaut"),
        "Größe 1½".as_bytes()
    );

    // Without `--overwrite`, existing files are kept. If one file cannot be imported, no file is
    // imported.
    let before = package.read_sealed();
    import(&[])
        .assert_code(1)
        .assert_stderr("sealed/prod/twitter_key exists");
    let damaged = fs::read(package.path().join("secrets/umlaut")).map(|mut bytes| {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        bytes
    });
    package.write("secrets/damaged", damaged.unwrap());
    let files = [
        "--import-vinz",
        "secrets/twitter_key",
        "secrets/damaged",
        "--stage",
        "prod",
        "--overwrite",
    ];
    package
        .run(&files)
        .assert_code(1)
        .assert_stderr("secrets/damaged");
    package.write("secrets/two words", b"x");
    package
        .run(&["--import-vinz", "secrets/two words", "--stage", "prod"])
        .assert_code(2)
        .assert_stderr("copy it to a file");
    assert_eq!(package.read_sealed(), before);
    import(&["--overwrite"]).assert_code(0);
}
