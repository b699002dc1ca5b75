//! Tests with container images: archives that `docker save` writes, OCI archives, and folders. Some
//! tests read images of several layers.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Value, json};
use stage_config::{Schema, StageConfig};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::super::read;
use super::fixtures::{FixtureFormat, build_container, build_zip};
use super::{MAIL, Mail, SHOP, Shop, read_bytes};

fn shop() -> Vec<u8> {
    build_container(FixtureFormat::ElfArm, &[&SHOP])
}

fn mail() -> Vec<u8> {
    build_container(FixtureFormat::ElfArm, &[&MAIL])
}

fn build_tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    build_tar_with_links(files, &[])
}

/// Builds an archive with these files and links.
fn build_tar_with_links(files: &[(&str, &[u8])], links: &[(EntryType, &str, &str)]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = Header::new_ustar();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, path, *content).unwrap();
    }
    for (kind, path, target) in links {
        let mut header = Header::new_ustar();
        header.set_entry_type(*kind);
        header.set_size(0);
        builder.append_link(&mut header, path, target).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Builds an archive as `docker save` writes it.
fn docker_save(layers: &[Vec<u8>], config: &Value) -> Vec<u8> {
    let names: Vec<String> = (0..layers.len())
        .map(|index| format!("{index}/layer.tar"))
        .collect();
    let manifest = json!([{ "Config": "config.json", "Layers": names }]).to_string();
    let config = config.to_string();
    let mut files: Vec<(&str, &[u8])> = names
        .iter()
        .map(String::as_str)
        .zip(layers.iter().map(Vec::as_slice))
        .collect();
    files.push(("config.json", config.as_bytes()));
    files.push(("manifest.json", manifest.as_bytes()));
    build_tar(&files)
}

/// Returns the files of an OCI layout. `index.json` names another index. This other index names an
/// attestation and the image.
fn oci_layout(layer: &[u8]) -> [(&'static str, Vec<u8>); 5] {
    let index = json!({ "manifests": [{ "digest": "sha256:index" }] });
    let nested = json!({ "manifests": [
        { "digest": "sha256:attestation", "platform": { "os": "unknown" } },
        { "digest": "sha256:image", "platform": { "os": "linux" } },
    ] });
    let image = json!({ "config": { "digest": "sha256:config" }, "layers": [{ "digest": "sha256:layer" }] });
    [
        ("index.json", index.to_string().into()),
        ("blobs/sha256/index", nested.to_string().into()),
        ("blobs/sha256/image", image.to_string().into()),
        ("blobs/sha256/config", b"{}".to_vec()),
        ("blobs/sha256/layer", layer.to_vec()),
    ]
}

fn assert_shop(archive: &[u8]) {
    assert_eq!(read_bytes(archive), Ok(vec![&Shop::SCHEMA]));
}

#[track_caller]
fn assert_refused(archive: &[u8], message: &str) {
    let error = read_bytes(archive).unwrap_err();
    assert!(
        error.contains(message) && error.contains("Help: "),
        "{error}"
    );
}

#[test]
fn an_archive_of_docker_and_of_oci_is_read() {
    let layer = build_tar(&[("etc/os-release", b"x"), ("var/runtime/bootstrap", &shop())]);
    let above = build_tar(&[("var/task/settings", b"x")]);
    assert_shop(&docker_save(&[layer.clone(), above.clone()], &json!({})));
    assert_shop(&docker_save(&[gzip(&layer), gzip(&above)], &json!({})));
    // `docker export` writes the files without layers.
    assert_shop(&layer);

    for layer in [layer.clone(), gzip(&layer)] {
        let files = oci_layout(&layer);
        let files: Vec<_> = files
            .iter()
            .map(|(path, content)| (*path, content.as_slice()))
            .collect();
        assert_shop(&build_tar(&files));
    }
}

#[test]
fn folders_of_images_and_of_cargo_lambda_are_read() {
    let layer = build_tar(&[("function/bootstrap", &shop())]);
    let packed = build_zip(false, &[("bootstrap", &shop())]);
    let layout = oci_layout(&layer).to_vec();
    for files in [
        layout,
        vec![("bootstrap", shop())],
        vec![("bootstrap.zip", packed)],
        vec![
            ("var/runtime/bootstrap", shop()),
            ("var/task/notes", Vec::new()),
        ],
        vec![("var/task/bootstrap", shop())],
    ] {
        let folder = TempDir::new().unwrap();
        for (path, content) in &files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let read: Vec<&Schema> = read(folder.path()).unwrap();
        assert_eq!(read, [&Shop::SCHEMA], "{:?}", files[0].0);
    }
}

#[test]
fn a_higher_layer_replaces_and_removes_files() {
    let old = build_tar(&[
        ("var/runtime/bootstrap", &mail()),
        ("var/task/bootstrap", &mail()),
    ]);
    let new = build_tar(&[("./var/runtime/bootstrap", &shop())]);
    assert_shop(&docker_save(&[old.clone(), new], &json!({})));

    let task = build_tar(&[("var/task/bootstrap", &shop())]);
    for removed in [
        "var/runtime/.wh.bootstrap",
        "var/.wh.runtime",
        "var/runtime/.wh..wh..opq",
    ] {
        let removal = build_tar(&[(removed, b"")]);
        assert_shop(&docker_save(
            &[old.clone(), removal, task.clone()],
            &json!({}),
        ));
    }
    // A layer removes only files of lower layers. So a file that the same layer adds exists.
    let both = build_tar(&[
        ("var/runtime/bootstrap", &shop()),
        ("var/.wh..wh..opq", b""),
    ]);
    assert_shop(&docker_save(&[old, both], &json!({})));
}

/// In the lower layer, `var/runtime` is a folder or a link to one, with the program of another
/// configuration.
#[test]
fn a_file_replaces_a_folder_and_a_folder_replaces_a_link() {
    let task = ("var/task/bootstrap", &shop()[..]);
    let folder = build_tar(&[("var/runtime/bootstrap", &mail())]);
    let file = build_tar(&[("var/runtime", b""), task]);
    assert_shop(&docker_save(&[folder, file], &json!({})));

    let link = [(EntryType::Symlink, "var/runtime", "../opt")];
    let link = build_tar_with_links(&[("opt/bootstrap", &mail())], &link);
    let new_folder = [(EntryType::Directory, "var/runtime", "unused")];
    let new_folder = build_tar_with_links(&[task], &new_folder);
    assert_shop(&docker_save(&[link, new_folder], &json!({})));
}

#[test]
fn links_are_followed_inside_of_the_image() {
    for (kind, target) in [
        (EntryType::Symlink, "/opt/payments"),
        (EntryType::Symlink, "../../../opt/payments"),
        (EntryType::Link, "opt/payments"),
    ] {
        let links = [(kind, "var/runtime/bootstrap", target)];
        let layer = build_tar_with_links(&[("opt/payments", &shop())], &links);
        assert_shop(&docker_save(&[layer], &json!({})));
    }
    let folder = [(EntryType::Symlink, "var/runtime", "../opt")];
    assert_shop(&build_tar_with_links(
        &[("opt/bootstrap", &shop())],
        &folder,
    ));
    let circle = [(EntryType::Symlink, "bootstrap", "bootstrap")];
    assert_refused(
        &build_tar_with_links(&[], &circle),
        "no executable `bootstrap`",
    );
}

#[test]
fn the_entry_point_is_read_if_there_is_no_bootstrap() {
    let layer = build_tar(&[("app/payments", &shop()), ("app/run.sh", b"#!/bin/sh")]);
    let save =
        |config: Value| docker_save(std::slice::from_ref(&layer), &json!({ "config": config }));
    assert_shop(&save(json!({ "Entrypoint": ["/app/payments", "serve"] })));
    assert_shop(&save(
        json!({ "Entrypoint": null, "Cmd": ["./payments"], "WorkingDir": "/app" }),
    ));
    for config in [json!({ "Entrypoint": ["/app/run.sh"] }), json!({})] {
        assert_refused(&save(config), "its entry point is not an executable");
    }
    // The script of Lambda's base image starts `bootstrap`.
    let base = build_tar(&[
        ("lambda-entrypoint.sh", b"#!/bin/sh"),
        ("var/task/bootstrap", &shop()),
    ]);
    let config = json!({ "config": { "Entrypoint": ["/lambda-entrypoint.sh"] } });
    assert_shop(&docker_save(&[base], &config));
}

#[test]
fn an_image_that_cannot_be_read_is_an_error_with_help() {
    let layer = build_tar(&[("var/task/bootstrap", &shop())]);
    let manifest = json!([{ "Layers": [] }, { "Layers": [] }]).to_string();
    assert_refused(
        &build_tar(&[("manifest.json", manifest.as_bytes())]),
        "exactly one image",
    );
    let manifest = json!([{ "Layers": ["absent"] }]).to_string();
    assert_refused(
        &build_tar(&[("manifest.json", manifest.as_bytes())]),
        "a layer is missing",
    );
    let index = json!({ "manifests": [] }).to_string();
    assert_refused(
        &build_tar(&[("index.json", index.as_bytes())]),
        "names no image",
    );
    let zstd = b"\x28\xb5\x2f\xfd and more".to_vec();
    assert_refused(&docker_save(&[zstd], &json!({})), "compressed with zstd");
    assert_refused(&layer[..1024], "cannot be read");
    assert_refused(
        &docker_save(&[gzip(&layer)[..40].to_vec()], &json!({})),
        "cannot be read",
    );
    assert_refused(
        &build_tar(&[("a/bootstrap", &shop()), ("b/bootstrap", &mail())]),
        "several",
    );
    assert_refused(
        &build_tar(&[("notes", b"text")]),
        "no executable `bootstrap`",
    );
}

proptest! {
    #[test]
    fn a_changed_image_is_read_or_refused_without_a_panic(
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
        length in any::<prop::sample::Index>(),
    ) {
        let layer = build_tar(&[("var/task/bootstrap", &shop())]);
        let mut archive = docker_save(&[gzip(&layer)], &json!({}));
        let at = at.index(archive.len());
        archive[at] = with;
        let _ = read_bytes(&archive);
        let _ = read_bytes(&archive[..length.index(archive.len())]);
    }
}

/// Reads `Mail`. A reader that always returned `Shop` would pass the other tests, but not this one.
#[test]
fn the_manifest_of_the_program_in_the_image_is_read() {
    let archive = docker_save(&[build_tar(&[("bootstrap", &mail())])], &json!({}));
    assert_eq!(read_bytes(&archive), Ok(vec![&Mail::SCHEMA]));
}
