//! Compiles structs with mistakes, and compares the messages of the compiler with those in the
//! `.stderr` files. Each kind of mistake has a folder in `tests/ui`. The programs in `tests/pass`
//! are valid: they must compile and run.

use std::{fs, path::Path};
use trybuild::TestCases;

#[test]
fn each_mistake_causes_its_messages() {
    copy_sealed_files();
    let cases = TestCases::new();
    for folder in fs::read_dir("tests/ui").expect("tests run in the package's folder") {
        let folder = folder
            .expect("a folder that can be read")
            .file_name()
            .into_string()
            .expect("a name in ASCII");
        let is_enabled = match folder.as_str() {
            // These cases run only if all features in this list are disabled.
            "feature" => !cfg!(any(
                feature = "appconfig",
                feature = "assume-role",
                feature = "kms",
                feature = "secrets-manager"
            )),
            "sealed" | "snapshot" => cfg!(feature = "kms"),
            "compose_secrets" | "nesting_secrets" => cfg!(feature = "secrets-manager"),
            _ => true,
        };
        if is_enabled {
            cases.compile_fail(format!("tests/ui/{folder}/*.rs"));
        }
    }
}

#[test]
fn valid_structs_compile() {
    copy_sealed_files();
    let cases = TestCases::new();
    cases.pass("tests/pass/*.rs");
    if cfg!(feature = "kms") {
        cases.pass("tests/pass/sealed/*.rs");
    }
}

/// Copies the sealed files into the package that trybuild creates, because the derive looks for
/// them in the package that is compiled. No test decrypts these files.
fn copy_sealed_files() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("a folder inside the target folder");
    let sealed = target
        .join("tests/trybuild")
        .join(env!("CARGO_PKG_NAME"))
        .join("sealed");
    for stage in ["dev", "prod"] {
        fs::create_dir_all(sealed.join(stage)).expect("the target folder can be written");
        for name in ["stage.key", "stripe_key"] {
            let from = Path::new("tests/sealed").join(stage).join(name);
            fs::copy(from, sealed.join(stage).join(name))
                .expect("the test's own file can be copied");
        }
        let snapshot = format!("{stage}.snapshot");
        let from = Path::new("tests/sealed").join(&snapshot);
        fs::copy(from, sealed.join(snapshot)).expect("the test's own file can be copied");
    }
}
