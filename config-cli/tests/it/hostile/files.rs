//! Hostile file names, folder names, arguments and texts in `Cargo.toml`, for the verbs `seal`,
//! `snapshot --empty`, `completions` and `man`.

use crate::hostile::{FORGED, LINES, NAME, assert_output_plain, command, start_hostile_endpoint};
use crate::support::package::{Package, run_command};

/// Creates a package with hostile settings and hostile sealed files.
fn create_package() -> Package {
    let text = serde_json::to_string(&format!("alias/a{LINES}")).expect("a text is JSON");
    // TOML accepts all escapes that `serde_json` writes.
    let metadata = format!(
        "[package.metadata.stage.prod]\nkms_key = \
         {text}\n\n[package.metadata.stage.{text}]\nregion = 5\n"
    );
    let package = Package::new(&metadata);
    package.write(
        "sealed/prod/stage.key",
        format!("-----BEGIN X-----\n{LINES}\n"),
    );
    package.write(&format!("sealed/prod/{NAME}"), "x");
    package
}

/// The output of cargo during a build is passed to the terminal unchanged, so it is not covered
/// here.
#[test]
fn no_output_line_begins_with_hostile_text() {
    let endpoint = start_hostile_endpoint();
    let package = create_package();
    let vinz = package.write(&format!("vinz/{NAME}"), "x");
    let vinz = vinz.to_str().unwrap();
    let folder = format!("{}/{NAME}", package.path().display());
    let elsewhere = format!("{folder}/Cargo.toml");
    let empty = Package::new("");
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
        &[
            "seal",
            "name",
            "--stage",
            "prod",
            "--manifest-path",
            &elsewhere,
        ],
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
        for folder_package in [&package, &empty] {
            let output = assert_output_plain(
                &run_command(&mut command(folder_package, line, &endpoint.url), b"value"),
                &line.join(" "),
            );
            forged += usize::from(output.contains(FORGED));
        }
    }
    assert!(forged >= 6, "only {forged} outputs show hostile text");
}
