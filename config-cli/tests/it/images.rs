//! `show`, `iam` and `check` read a container image as they read its executable.

use std::fs;

use tar::{Builder, Header};

use crate::support::package::{Package, RunOutput, run_command};
use crate::support::payments::{PATH, write_artifacts};

fn build_tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = Header::new_ustar();
        header.set_size(content.len() as u64);
        builder
            .append_data(&mut header, path, *content)
            .expect("a file can be appended");
    }
    builder.into_inner().expect("the archive is in memory")
}

/// Runs a verb on an artifact, and returns its output as if the artifact had the path [`PATH`].
fn run(package: &Package, verb: &[&str], artifact: &str) -> RunOutput {
    let arguments = [verb, &["--artifact", artifact]].concat();
    let ran = run_command(&mut package.verb_command(&arguments), b"");
    RunOutput {
        stdout: ran.stdout.replace(artifact, PATH),
        ..ran
    }
}

#[test]
fn show_iam_and_check_read_the_image_of_a_function() {
    let package = Package::new("");
    write_artifacts(&package);
    let executable = fs::read(package.path().join(PATH)).expect("the artifact is written");
    let layer = build_tar(&[("var/runtime/bootstrap", &executable)]);
    let manifest = br#"[{"Config":"config.json","Layers":["layer.tar"]}]"#;
    let image = build_tar(&[
        ("layer.tar", &layer),
        ("config.json", b"{}"),
        ("manifest.json", manifest),
    ]);
    package.write("image.tar", image);
    package.write("image/var/runtime/bootstrap", &executable);

    for (verb, code) in [
        (&["show"][..], 0),
        (&["iam", "--stage", "prod", "--offline"], 0),
        (&["check", "--stage", "prod", "--offline"], 0),
    ] {
        let expected = run(&package, verb, PATH).assert_code(code).stdout;
        assert!(expected.contains("stripeSecretKey"), "{expected}");
        for artifact in ["image.tar", "image", "target/lambda/payments"] {
            let ran = run(&package, verb, artifact).assert_code(code);
            assert_eq!(ran.stdout, expected, "{verb:?} {artifact}");
        }
    }
}
