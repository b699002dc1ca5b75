//! The code of a function: its download, its manifest, its comparison with a local artifact, and
//! the versions that an alias routes to.

use std::path::Path;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use stage_config::StageConfig;

use super::{Aws, Checked, Config, build_zip, run_check, zip_executable};
use crate::support::artifact::{build_elf, write_artifact};
use crate::support::endpoint::Answer;

/// A configuration that differs from `Config` in its name and its fields.
mod next {
    use stage_config::{SecretString, StageConfig};

    #[derive(StageConfig)]
    #[stage(dev = "/it-deployed/dev/{field}", prod = "/it-deployed/prod/{field}")]
    #[allow(dead_code, reason = "only its schema is used")]
    pub(super) struct Next {
        table: String,
        queue: SecretString,
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

fn build_finding(checked: &Checked, result: &str) -> String {
    let found = checked.with_result(result);
    let found = found.into_iter().filter(|text| text.starts_with("build: "));
    found.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_same_zip_is_not_downloaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("payments.zip");
    std::fs::write(&path, build_zip(&[Config::__manifest()])).unwrap();
    let endpoint = Aws::new().start();
    let checked = Checked::new(&endpoint, &["--artifact", text(&path)]);
    let expected = format!("build: the same zip as {}", path.display());
    assert_eq!(build_finding(&checked, "ok"), expected);
    let is_download = |line: &str| line.starts_with("GET /code");
    let requests = endpoint.requests();
    assert!(!requests.iter().any(|request| is_download(&request.line)));
}

#[test]
fn the_same_executable_without_a_zip_is_the_same_build() {
    let path = write_artifact::<Config>();
    let checked = Aws::new().check(&["--artifact", text(&path)]);
    let expected = format!("build: the same executable as {}", path.display());
    assert_eq!(build_finding(&checked, "ok"), expected);
}

#[test]
fn another_build_with_the_same_configurations_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bootstrap");
    let mut executable = build_elf(&[Config::__manifest()]);
    executable.push(0);
    std::fs::write(&path, executable).unwrap();
    let checked = Aws::new().check(&["--artifact", text(&path)]);
    assert_eq!(
        build_finding(&checked, "warning"),
        format!(
            "build: another build than {}, with the same configurations",
            path.display()
        )
    );
    assert_eq!(checked.code, Some(0));
}

#[test]
fn another_build_with_another_configuration_is_wrong() {
    let path = write_artifact::<next::Next>();
    let checked = Aws::new().check(&["--artifact", text(&path)]);
    assert_eq!(
        build_finding(&checked, "wrong"),
        format!(
            "build: another build than {}, with other configurations: `Next` is only in the local \
             artifact",
            path.display()
        )
    );
    assert_eq!(checked.code, Some(1));
}

/// Returns the archive of a container image in the OCI format, and the digest of the image.
fn build_image() -> (Vec<u8>, String) {
    let add = |archive: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        let added = archive.append_data(&mut header, name, content);
        added.expect("memory can be written");
    };
    let mut layer = tar::Builder::new(Vec::new());
    let executable = build_elf(&[Config::__manifest()]);
    add(&mut layer, "var/task/bootstrap", &executable);
    let layer = layer.into_inner().expect("memory can be written");

    let hash = |content: &[u8]| -> String {
        let digest = Sha256::digest(content);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let layer_hash = hash(&layer);
    let layer_digest = format!("sha256:{layer_hash}");
    let manifest = json!({ "layers": [{ "digest": layer_digest }] }).to_string();
    let hash = hash(manifest.as_bytes());
    let mut archive = tar::Builder::new(Vec::new());
    let index = json!({ "manifests": [{ "digest": format!("sha256:{hash}") }] });
    add(&mut archive, "index.json", index.to_string().as_bytes());
    add(
        &mut archive,
        &format!("blobs/sha256/{hash}"),
        manifest.as_bytes(),
    );
    add(&mut archive, &format!("blobs/sha256/{layer_hash}"), &layer);
    let archive = archive.into_inner().expect("memory can be written");
    (archive, format!("sha256:{hash}"))
}

#[test]
fn an_image_is_read_from_its_archive() {
    let (archive, digest) = build_image();
    let with_digest = |digest: &str| {
        let image = format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/payments@{digest}");
        Aws::new().with_function(|mut function| {
            function.code = json!({
                "RepositoryType": "ECR", "ImageUri": image, "ResolvedImageUri": image,
            });
            function.with("PackageType", json!("Image"))
        })
    };
    let checked = with_digest(&digest).check(&[]);
    let expected =
        "image: the function runs a container image, which Lambda does not offer for download";
    assert!(
        checked
            .with_result("unverified")
            .contains(&expected.to_owned())
    );
    assert!(checked.function.to_string().contains(&digest));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    std::fs::write(&path, archive).unwrap();
    let checked = with_digest(&digest).check(&["--artifact", text(&path)]);
    checked.assert_wrong(&[]);
    let expected = format!("build: the same image as in {}", path.display());
    assert_eq!(build_finding(&checked, "ok"), expected);

    // The function runs another image than the local one.
    let other = format!("sha256:{}", "0".repeat(64));
    let checked = with_digest(&other).check(&["--artifact", text(&path)]);
    let unverified = checked.with_result("unverified").join("\n");
    assert!(
        unverified.contains("may be another image; the other checks use it anyway"),
        "{unverified}"
    );
}

/// It is not certain that the function runs the local program, so the check does not compare the
/// architectures.
#[test]
fn the_architecture_of_a_function_with_an_image_is_not_compared_with_a_local_program() {
    let aws = Aws::new().with_function(|mut function| {
        function.code = json!({ "RepositoryType": "ECR", "ImageUri": "x@sha256:0" });
        let function = function.with("PackageType", json!("Image"));
        function.with("Architectures", json!(["arm64"]))
    });
    let path = write_artifact::<Config>();
    let checked = aws.check(&["--artifact", text(&path)]);
    checked.assert_wrong(&[]);
    assert!(!checked.function.to_string().contains("architecture"));
}

#[test]
fn an_alias_that_routes_to_two_versions_is_not_verified() {
    let mut aws = Aws::new();
    aws.aliases
        .insert("payments", vec![("live", "7", vec!["6"])]);
    let arguments = ["--function", "payments:live", "--stage", "prod", "--strict"];
    let ran = run_check(&aws.start(), &arguments).assert_code(1);
    assert!(
        ran.stdout.contains("alias: it also routes to version 6"),
        "{ran:?}"
    );
    let help = "check that version too: --function payments:6";
    assert!(ran.stdout.contains(help), "{ran:?}");
}

#[test]
fn a_failed_download_is_unchecked_and_its_url_is_not_shown() {
    let refused = |status, kind: &str| Answer::error(status, kind, "4f2a");
    let other = Answer::File {
        body: zip_executable(b"other"),
    };
    for (expected, answer) in [
        (
            "refuses the request with HTTP 403",
            refused(403, "AccessDenied"),
        ),
        ("its host answers with HTTP 500", refused(500, "Internal")),
        ("its SHA-256 differs", other),
    ] {
        let endpoint = Aws::new().start_with(move |request| {
            request
                .line
                .starts_with("GET /code")
                .then(|| answer.clone())
        });
        let checked = Checked::new(&endpoint, &[]);
        let unchecked = checked.with_result("unchecked").join("\n");
        assert!(unchecked.contains(expected), "{unchecked}");
        assert_eq!(checked.code, Some(2));
        let shown = checked.function.to_string();
        assert!(
            !shown.contains("4f2a") && !shown.contains("Signature"),
            "{shown}"
        );
    }
}

#[test]
fn the_code_is_downloaded_only_from_aws() {
    for url in [
        "https://example.com/code?X-Amz-Signature=4f2a",
        "http://awslambda-eu-west-1-tasks.s3.eu-west-1.amazonaws.com/code?X-Amz-Signature=4f2a",
        "https://amazonaws.com.example.com/code?X-Amz-Signature=4f2a",
        "https://user@example.com/.amazonaws.com?X-Amz-Signature=4f2a",
        "https://x.elb.amazonaws.com/code?X-Amz-Signature=4f2a",
        "https://x.s3.eu-west-1.amazonaws.com:8443/code?X-Amz-Signature=4f2a",
        "https://x.s3.example.com/code?X-Amz-Signature=4f2a",
        "https://s3-x-1.eu-west-1.elb.amazonaws.com/code?X-Amz-Signature=4f2a",
        "4f2a",
    ] {
        let aws = Aws::new().with_function(|mut function| {
            function.code["Location"] = json!(url);
            function
        });
        let checked = aws.check(&[]);
        let unchecked = checked.with_result("unchecked").join("\n");
        assert!(
            unchecked.contains("is not a URL of AWS"),
            "{url}: {unchecked}"
        );
        assert!(!checked.function.to_string().contains("4f2a"), "{url}");
    }
}

#[test]
fn code_that_is_too_large_is_not_downloaded() {
    let aws = Aws::new().with_function(|function| function.with("CodeSize", json!(300 << 20)));
    let endpoint = aws.start();
    let checked = Checked::new(&endpoint, &[]);
    let unchecked = checked.with_result("unchecked").join("\n");
    assert!(unchecked.contains("more than 250 MiB"), "{unchecked}");
    let requests = endpoint.requests();
    assert!(
        !requests
            .iter()
            .any(|request| request.line.starts_with("GET /code"))
    );
}

#[test]
fn code_without_a_manifest_is_an_error_for_a_named_function() {
    let aws = Aws::new().with_code(zip_executable(&build_elf(&[])));
    let checked = aws.check(&[]);
    assert_eq!(checked.code, Some(2));
    let problem = checked.function["problem"].to_string();
    assert!(
        problem.contains("the code of payments contains no manifest"),
        "{problem}"
    );
}

#[test]
fn a_manifest_of_a_newer_version_is_an_error() {
    let mut record = Config::__manifest().to_vec();
    record[8] = 200;
    let aws = Aws::new().with_code(build_zip(&[&record]));
    let checked = aws.check(&[]);
    assert_eq!(checked.code, Some(2));
    let problem = checked.function["problem"].to_string();
    assert!(problem.contains("too old to read"), "{problem}");
}
