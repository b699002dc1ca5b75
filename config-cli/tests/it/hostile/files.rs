//! Names of files and folders, and texts in `Cargo.toml`, for the verbs that work on a package.

use crate::hostile::{FORGED, LINES, NAME, command, hostile_endpoint, plain};
use crate::support::package::{Package, run_command};

/// A package that somebody else made: its settings, and a folder of sealed files.
fn package() -> Package {
    let text = serde_json::to_string(&format!("alias/a{LINES}")).expect("a text is JSON");
    // TOML has no surrogates and all other escapes of JSON.
    let metadata =
        format!("[package.metadata.stage.prod]\nkms_key = {text}\n\n[package.metadata.stage.{text}]\nregion = 5\n");
    let package = Package::new(&metadata);
    package.write("sealed/prod/stage.key", format!("-----BEGIN X-----\n{LINES}\n"));
    package.write(&format!("sealed/prod/{NAME}"), "x");
    package
}

/// What cargo itself says in a build is cargo's own: it goes to the terminal as it is.
#[test]
fn no_verb_for_files_lets_a_stranger_begin_a_line() {
    let endpoint = hostile_endpoint();
    let package = package();
    let vinz = package.write(&format!("vinz/{NAME}"), "x");
    let vinz = vinz.to_str().unwrap();
    let folder = format!("{}/{NAME}", package.path().display());
    let elsewhere = format!("{folder}/Cargo.toml");
    let beside = Package::new("");
    let mut forged = 0;
    for line in [
        ["seal", "--verify", "--stage", "prod"].as_slice(),
        &["seal", "--verify", "--offline", "--stage", "prod"],
        &["seal", "--verify", NAME, "--stage", "prod"],
        &["seal", NAME, "--stage", "prod"],
        &["seal", "name", "--stage", "prod"],
        &["seal", "name", "--stage", NAME],
        &["seal", "--init", "--stage", "prod"],
        &["seal", "--init", "--stage", "dev", "--kms-key", LINES],
        &["seal", "--rekey", "--stage", "prod"],
        &["seal", "--import-vinz", vinz, "--stage", "prod"],
        &["seal", "name", "--stage", "prod", "--manifest-path", &elsewhere],
        &["seal", "name", "--stage", "prod", "--package", LINES],
        &["snapshot", "--empty", "--stage", "prod"],
        &["snapshot", "--empty", "--stage", "prod", "--file", NAME],
        &["snapshot", "--empty", "--stage", NAME],
        &["completions", NAME],
        &["completions", "bash"],
        &["man", NAME],
        &["man", "--output", vinz],
        &["man", "--output", &folder],
    ] {
        for place in [&package, &beside] {
            let shown = plain(&run_command(&mut command(place, line, &endpoint.url), b"value"), &line.join(" "));
            forged += usize::from(shown.contains(FORGED));
        }
    }
    assert!(forged >= 6, "the texts are shown within a line: {forged}");
}
