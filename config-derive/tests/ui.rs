//! Mistakes, one folder each, with the messages that they give; and what must compile under every lint.

use std::{fs, path::Path};
use trybuild::TestCases;

#[test]
fn mistakes() {
    embed_in_the_cases();
    let cases = TestCases::new();
    for folder in fs::read_dir("tests/ui").expect("tests run in the package's folder") {
        let folder = folder.expect("a folder that can be read").file_name().into_string().expect("a name in ASCII");
        let runs = match folder.as_str() {
            // What is said of features that are off.
            "feature" => !cfg!(any(feature = "kms", feature = "secrets-manager")),
            "sealed" | "snapshot" => cfg!(feature = "kms"),
            _ => true,
        };
        if runs {
            cases.compile_fail(format!("tests/ui/{folder}/*.rs"));
        }
    }
}

#[test]
fn passes() {
    embed_in_the_cases();
    let cases = TestCases::new();
    cases.pass("tests/pass/*.rs");
    if cfg!(feature = "kms") {
        cases.pass("tests/pass/sealed/*.rs");
    }
}

/// Sealed files are looked for in the package that is compiled, which for a case is the one that trybuild makes. No test opens
/// these: that they are found and read is all there is to see.
fn embed_in_the_cases() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a folder inside the target folder");
    let sealed = target.join("tests/trybuild").join(env!("CARGO_PKG_NAME")).join("sealed");
    for stage in ["dev", "prod"] {
        fs::create_dir_all(sealed.join(stage)).expect("the target folder can be written");
        for name in ["stage.key", "stripe_key"] {
            let from = Path::new("tests/sealed").join(stage).join(name);
            fs::copy(from, sealed.join(stage).join(name)).expect("the test's own file can be copied");
        }
        let snapshot = format!("{stage}.snapshot");
        let from = Path::new("tests/sealed").join(&snapshot);
        fs::copy(from, sealed.join(snapshot)).expect("the test's own file can be copied");
    }
}
