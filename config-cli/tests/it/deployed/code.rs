//! The code of a function, compared with a local artifact.

use std::path::Path;

use serde_json::json;
use stage_config::StageConfig;

use super::{Aws, Checked, Config, build_zip, digest, zip_executable};
use crate::support::artifact::{build_elf, write_artifact};
use crate::support::endpoint::Answer;

/// The next version of the configuration, with one more field.
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
fn the_same_executable_in_another_zip_is_the_same() {
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
fn another_configuration_is_wrong() {
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

#[test]
fn an_image_is_not_verified_without_its_archive() {
    let digest = "sha256:0123456789012345678901234567890123456789012345678901234567890123";
    let aws = Aws::new().with_function(|mut function| {
        let image = format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/payments@{digest}");
        function.code =
            json!({ "RepositoryType": "ECR", "ImageUri": image, "ResolvedImageUri": image });
        function.with("PackageType", json!("Image"))
    });
    let checked = aws.clone().check(&[]);
    assert_eq!(
        checked.with_result("unverified"),
        ["image: the function runs a container image, which Lambda does not give out"]
    );
    assert!(checked.function.to_string().contains(digest));

    // An archive of the image has its digest in `index.json`.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    let mut archive = tar::Builder::new(std::fs::File::create(&path).unwrap());
    let mut add = |name: &str, content: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, name, content).unwrap();
    };
    let layer = {
        let mut layer = tar::Builder::new(Vec::new());
        let executable = build_elf(&[Config::__manifest()]);
        let mut header = tar::Header::new_ustar();
        header.set_size(executable.len() as u64);
        header.set_mode(0o755);
        layer
            .append_data(&mut header, "var/task/bootstrap", &executable[..])
            .unwrap();
        layer.into_inner().unwrap()
    };
    let manifest = json!({ "layers": [{ "digest": "sha256:layer" }] }).to_string();
    add(
        "index.json",
        json!({ "manifests": [{ "digest": digest }] })
            .to_string()
            .as_bytes(),
    );
    add(
        &format!("blobs/{}", digest.replace(':', "/")),
        manifest.as_bytes(),
    );
    add("blobs/sha256/layer", &layer);
    archive.finish().unwrap();
    let checked = aws.check(&["--artifact", text(&path)]);
    checked.assert_wrong(&[]);
    let expected = format!("build: the image in {}", path.display());
    assert_eq!(build_finding(&checked, "ok"), expected);
}

#[test]
fn a_download_that_fails_is_unchecked_and_shows_no_address() {
    let refused = |status, kind: &str| Answer::error(status, kind, "4f2a");
    let other = Answer::File {
        body: zip_executable(b"other"),
    };
    for (expected, answer) in [
        (
            "refuses the request with HTTP 403",
            refused(403, "AccessDenied"),
        ),
        ("answers with HTTP 500", refused(500, "Internal")),
        ("its SHA-256 is another one", other),
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
        "4f2a",
    ] {
        let aws = Aws::new().with_function(|mut function| {
            function.code["Location"] = json!(url);
            function
        });
        let checked = aws.check(&[]);
        let unchecked = checked.with_result("unchecked").join("\n");
        assert!(
            unchecked.contains("is not one of AWS"),
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
    let mut aws = Aws::new();
    aws.zip = zip_executable(&build_elf(&[]));
    let sum = digest(&aws.zip);
    let aws = aws.with_function(|function| function.with("CodeSha256", json!(sum)));
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
    let mut aws = Aws::new();
    aws.zip = build_zip(&[&record]);
    let sum = digest(&aws.zip);
    let aws = aws.with_function(|function| function.with("CodeSha256", json!(sum)));
    let checked = aws.check(&[]);
    assert_eq!(checked.code, Some(2));
    let problem = checked.function["problem"].to_string();
    assert!(problem.contains("too old to read"), "{problem}");
}
