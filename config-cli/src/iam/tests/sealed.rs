//! Tests of the policies for sealed files and snapshots. Both need only the KMS key of the stage,
//! with the encryption context of the stage.

use stage_config_core::schema::{
    Assignment, AssignmentKey, SealedFile, SnapshotFile, SnapshotSpec, Sources,
};

use super::*;

const SEALED_KEY: &str = include_str!("../../../tests/cmd/sealed.in/sealed/prod/stage.key");

#[derive(StageConfig)]
#[stage(prod = "/payments/prod/{field}")]
#[config(app = "payments")]
#[allow(dead_code)]
struct OneParameter {
    table: String,
}

/// The schema of the same struct with its value in a sealed file, as the derive generates it.
static SEALED: Schema = Schema {
    templates: &[Assignment {
        key: AssignmentKey::Stage("prod"),
        sources: Sources::Chain(&["sealed:{field}"]),
    }],
    sealed: &[
        SealedFile {
            stage: "prod",
            name: "table",
            text: "",
        },
        SealedFile {
            stage: "prod",
            name: "stage.key",
            text: SEALED_KEY,
        },
    ],
    ..OneParameter::SCHEMA
};

/// Returns the schema of the same struct with a snapshot of its stage.
const fn with_snapshot(files: &'static [SnapshotFile]) -> Schema {
    let path = "sealed/{stage}.snapshot";
    Schema {
        snapshot: Some(SnapshotSpec {
            path,
            max_age_ms: None,
            refreshed: false,
            files,
        }),
        ..OneParameter::SCHEMA
    }
}

static WITH_SNAPSHOT: Schema = with_snapshot(&[SnapshotFile {
    stage: "prod",
    key: Some(SEALED_KEY),
    text: "-----BEGIN",
}]);
static PLACEHOLDER: Schema = with_snapshot(&[SnapshotFile {
    stage: "prod",
    key: None,
    text: "-----EMPTY",
}]);

#[test]
fn a_sealed_file_needs_the_key_of_its_stage_with_the_encryption_context() {
    let key = SEALED_KEY
        .lines()
        .find_map(|line| line.strip_prefix("kms-key: "))
        .unwrap();
    let policy = build_read_policy(
        &plan_needs(&SEALED, "prod"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    let expected = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "DecryptSealed", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key],
        "Condition": { "StringEquals": {
            "kms:EncryptionContext:app": "payments",
            "kms:EncryptionContext:stage": "prod",
        } },
    }] });
    assert_eq!(to_json(&policy), expected);
    assert_eq!(policy.notes, [] as [&str; 0], "the file names the key");
    assert!(
        build_write_policy(
            Writer::Set,
            &plan_needs(&SEALED, "prod"),
            &known_location(),
            &KnownKeys::default()
        )
        .is_empty(),
        "sealing needs only the public half of the key pair"
    );
}

#[test]
fn a_snapshot_needs_the_same_key_as_sealed_files() {
    let sealed = build_read_policy(
        &plan_needs(&SEALED, "prod"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    let policy = build_read_policy(
        &plan_needs(&WITH_SNAPSHOT, "prod"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    assert_eq!(
        find_statement(&policy, "DecryptSealed"),
        find_statement(&sealed, "DecryptSealed")
    );
    assert!(
        !policy.notes.join("").contains("snapshot"),
        "{:?}",
        policy.notes
    );
    let policy = build_read_policy(
        &plan_needs(&PLACEHOLDER, "prod"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    assert_eq!(
        to_json(&policy)["Statement"].as_array().unwrap().len(),
        1,
        "the policy must cover only the parameter"
    );
    let notes = policy.notes.join("\n");
    assert!(
        notes.contains("sealed/prod.snapshot, which is a placeholder"),
        "{notes}"
    );
}
