//! Tests with generated artifacts: executables for all platforms, damaged executables, zips, and
//! images. The tests with real compiler and linker output are in `real_builds`.

mod fixtures;
mod images;
mod real_builds;

use std::fs;

use proptest::prelude::*;
use stage_config::{Schema, StageConfig, manifest};
use tempfile::TempDir;

use super::read;
use fixtures::{FixtureFormat, build_container, build_fat, build_zip, build_zip_with_links};

/// Settings.
#[derive(StageConfig)]
#[stage(dev = "env:DEV_{field}", prod = ["env:PROD_{field}", "value:1"])]
#[expect(dead_code, reason = "only its schema is used")]
struct Shop {
    /// A table.
    table: String,
    #[config(default = 8080)]
    port: u16,
}

#[derive(StageConfig)]
#[stage(dev = "env:{field}")]
#[expect(dead_code, reason = "only its schema is used")]
struct Mail {
    host: Option<String>,
}

static SHOP: [u8; manifest::encoded_len(&Shop::SCHEMA)] = manifest::encode(&Shop::SCHEMA);
static MAIL: [u8; manifest::encoded_len(&Mail::SCHEMA)] = manifest::encode(&Mail::SCHEMA);

const FORMATS: [FixtureFormat; 5] = [
    FixtureFormat::ElfX86,
    FixtureFormat::ElfArm,
    FixtureFormat::MachX86,
    FixtureFormat::MachArm,
    FixtureFormat::Pe,
];

/// Returns the result of reading an artifact with these bytes.
fn read_bytes(artifact: &[u8]) -> Result<Vec<&'static Schema>, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("artifact");
    fs::write(&path, artifact).unwrap();
    read(&path).map_err(|problem| {
        problem
            .to_string()
            .replace(&path.display().to_string(), "ARTIFACT")
    })
}

#[test]
fn the_manifest_is_read_from_every_format() {
    for format in FORMATS {
        let artifact = build_container(format, &[&SHOP, &MAIL]);
        assert_eq!(
            read_bytes(&artifact),
            Ok(vec![&Mail::SCHEMA, &Shop::SCHEMA]),
            "{format:?}"
        );
        // Linkers merge sections of the same name and put zeros between their parts.
        let merged = [&SHOP[..], &[0; 13], &MAIL[..], &[0; 200]].concat();
        let artifact = build_container(format, &[&merged]);
        assert_eq!(
            read_bytes(&artifact),
            Ok(vec![&Mail::SCHEMA, &Shop::SCHEMA]),
            "{format:?}"
        );
    }
}

#[test]
fn a_struct_that_occurs_twice_is_returned_once() {
    let artifact = build_container(FixtureFormat::ElfArm, &[&SHOP, &MAIL, &SHOP]);
    assert_eq!(read_bytes(&artifact).unwrap().len(), 2);
    let universal = build_fat(&[
        build_container(FixtureFormat::MachX86, &[&SHOP]),
        build_container(FixtureFormat::MachArm, &[&SHOP]),
    ]);
    assert_eq!(read_bytes(&universal), Ok(vec![&Shop::SCHEMA]));
}

#[test]
fn absent_unsupported_and_damaged_manifests_have_different_results() {
    let mut newer = SHOP.to_vec();
    newer[8..12].copy_from_slice(&7_u32.to_le_bytes());
    let mut broken = SHOP.to_vec();
    broken[16] = b'x';
    for format in FORMATS {
        assert_eq!(read_bytes(&build_container(format, &[])), Ok(Vec::new()));
        let message = read_bytes(&build_container(format, &[&newer])).unwrap_err();
        assert_eq!(
            message,
            "ARTIFACT has a manifest that this cargo-stage is too old to read: the manifest has \
             version 7, and versions 1 to 4 are supported. Help: install a cargo-stage that is as \
             new as the artifact's stage-config: cargo install cargo-stage"
        );
        let message = read_bytes(&build_container(format, &[&broken])).unwrap_err();
        assert!(
            message.starts_with(
                "ARTIFACT has a manifest that is damaged: the text of a record is not JSON"
            ),
            "{message}"
        );
        let message = read_bytes(&build_container(format, &[&SHOP[..SHOP.len() - 1]])).unwrap_err();
        // In a PE file, the section is padded with zeros. So the shortened record has its full
        // length again, but its last byte is a zero, and the record is not valid JSON.
        assert!(
            message.contains("a record is cut off") || format == FixtureFormat::Pe,
            "{message}"
        );
    }
}

#[test]
fn a_zip_is_read_through_its_bootstrap_or_its_only_executable() {
    let shop = build_container(FixtureFormat::ElfArm, &[&SHOP]);
    let mail = build_container(FixtureFormat::ElfArm, &[&MAIL]);
    for stored in [true, false] {
        let packed = build_zip(
            stored,
            &[
                ("extensions/other", &mail),
                ("bootstrap", &shop),
                ("notes.txt", b"text"),
            ],
        );
        assert_eq!(read_bytes(&packed), Ok(vec![&Shop::SCHEMA]));
        let packed = build_zip(stored, &[("notes.txt", b"text"), ("bin/mail", &mail)]);
        assert_eq!(read_bytes(&packed), Ok(vec![&Mail::SCHEMA]));
        let two = read_bytes(&build_zip(stored, &[("a", &mail), ("b", &shop)])).unwrap_err();
        assert!(
            two.contains("several executables, and none is called `bootstrap`. Help: "),
            "{two}"
        );
        let none = read_bytes(&build_zip(stored, &[("notes.txt", b"text")])).unwrap_err();
        assert!(
            none.contains("the zip contains no executable. Help: "),
            "{none}"
        );
        let script = read_bytes(&build_zip(stored, &[("bootstrap", b"#!/bin/sh")])).unwrap_err();
        assert!(
            script.contains("it is neither an executable nor a zip. Help: "),
            "{script}"
        );
    }
    let empty = read_bytes(&build_zip(true, &[])).unwrap_err();
    assert!(empty.contains("the zip contains no executable"), "{empty}");
    let cut = build_zip(false, &[("bootstrap", &shop)]);
    let cut = read_bytes(&cut[..cut.len() / 2]).unwrap_err();
    assert!(
        cut.contains("it begins like a zip, but cannot be read"),
        "{cut}"
    );
}

/// Some build tools create `bootstrap` as a symbolic link to the program.
#[test]
fn a_bootstrap_link_is_followed_only_inside_the_zip() {
    let shop = build_container(FixtureFormat::ElfArm, &[&SHOP]);
    let read_with_links = |links: &[(&str, &str)]| {
        read_bytes(&build_zip_with_links(
            &[("bin/v1/shop", &shop), ("shop", &shop)],
            links,
        ))
    };
    for links in [
        &[("bootstrap", "shop")][..],
        &[("bootstrap", "./bin/../bin/v1/shop")],
        &[("bootstrap", "/var/task/shop")],
        &[("bootstrap", "bin/start"), ("bin/start", "v1/shop")],
        &[("bootstrap", "bin/current/shop"), ("bin/current", "v1")],
    ] {
        assert_eq!(read_with_links(links), Ok(vec![&Shop::SCHEMA]), "{links:?}");
    }
    for (links, expected) in [
        (
            &[("bootstrap", "nothing")][..],
            "a link to a file that is not in the zip",
        ),
        (&[("bootstrap", "../shop")], "leads out of the zip"),
        (&[("bootstrap", "/bin/sh")], "leads out of the zip"),
        (&[("bootstrap", "/var/taskshop")], "leads out of the zip"),
        (
            &[("bootstrap", "a"), ("a", "bootstrap")],
            "are circular or too many",
        ),
        (&[("bootstrap", "bootstrap/x")], "are circular or too many"),
    ] {
        let error = read_with_links(links).unwrap_err();
        assert!(error.contains(expected), "{links:?}: {error}");
    }
}

#[test]
fn an_executable_over_the_size_limit_is_refused() {
    let packed = build_zip(false, &[("bootstrap", &vec![0; 100_000])]);
    let error = super::archive::extract_executable(&packed, 99_999).unwrap_err();
    assert!(
        error
            .detail
            .starts_with("the executable in the zip has more than"),
        "{error:?}"
    );
    assert!(super::archive::extract_executable(&packed, 100_000).is_ok());
}

#[test]
fn a_file_that_is_not_an_artifact_is_refused() {
    for (bytes, expected) in [
        (&b""[..], "it is neither an executable nor a zip"),
        (b"#!/bin/sh\n", "it is neither an executable nor a zip"),
        (
            &build_container(FixtureFormat::ElfX86, &[&SHOP])[..100],
            "it begins like an executable, but cannot be read",
        ),
    ] {
        let message = read_bytes(bytes).unwrap_err();
        assert!(
            message.contains(expected) && message.contains("Help: "),
            "{message}"
        );
    }
    let folder = TempDir::new().unwrap();
    let message = read(folder.path()).unwrap_err().to_string();
    assert!(
        message.contains(
            "is neither a file nor a folder that contains `bootstrap`. Help: build the program first"
        ),
        "{message}"
    );
    let message = read(&folder.path().join("absent")).unwrap_err().to_string();
    assert!(
        message.contains("cannot be read: No such file"),
        "{message}"
    );
}

proptest! {
    #[test]
    fn a_damaged_artifact_is_read_or_refused_without_a_panic(
        format in 0..FORMATS.len(), packed: bool, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(), whole: bool,
    ) {
        let mut artifact = build_container(FORMATS[format], &[&SHOP, &MAIL]);
        if packed {
            artifact = build_zip(false, &[("bootstrap", &artifact)]);
        }
        for (index, byte) in changes {
            let index = index.index(artifact.len());
            artifact[index] = byte;
        }
        let length = if whole { artifact.len() } else { cut.index(artifact.len()) };
        let result = read_bytes(&artifact[..length]);
        if let Err(message) = result {
            prop_assert!(message.contains(". Help: "), "{}", message);
        }
    }
}
