//! `cargo stage snapshot`, with the stores and KMS of moto: a load can open the snapshots that the
//! command writes. If the command refuses to write a snapshot, its error names the reason. Other
//! tests are about placeholders, `--verify`, and the messages of `seal --rekey` and `check`.

mod refused;
mod verify;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stage_config::manifest::{encode, encoded_len};
use stage_config::schema::{SnapshotFile, SnapshotSpec};
use stage_config::sealed::{KmsClient, SealedSnapshot, StageKey};
use stage_config::{Schema, SecretString, StageConfig};

use crate::support::artifact;
use crate::support::endpoint::{Answer, Endpoint, Parameters, Secrets, answer};
use crate::support::kms::{block_on, sdk_config};
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::moto;
use crate::support::planted::{SECRET, assert_clean};
use crate::support::store_clients::StoreClients;

#[derive(StageConfig)]
#[stage(prod = "/it-snapshot/prod/{field}")]
#[config(schemes("vault"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    table: String,
    hosts: Vec<String>,
    #[stage(prod = "secret:it-snapshot/prod#password")]
    password: SecretString,
    limit: Option<u32>,
    #[config(refresh = "5m")]
    fresh: SecretString,
    #[stage(prod = ["vault:motto", "/it-snapshot/prod/motto"])]
    motto: Option<String>,
    #[stage(prod = "env:LOG_LEVEL")]
    level: Option<String>,
}

/// The schema that the derive creates for `snapshot = "sealed/{stage}.snapshot", snapshot_max_age =
/// "7d"` in the package `payments`, while the file is still a placeholder.
const SCHEMA: Schema = Schema {
    package: "payments",
    module: "payments",
    app: "payments",
    snapshot: Some(SnapshotSpec {
        path: "sealed/{stage}.snapshot",
        max_age_ms: Some(7 * 24 * 60 * 60 * 1000),
        refreshed: false,
        files: &[SnapshotFile {
            stage: "prod",
            key: None,
            text: "-----EMPTY STAGE-CONFIG SNAPSHOT-----\nWrite it: cargo stage snapshot --stage \
                   prod\n",
        }],
    }),
    ..<Config as StageConfig>::SCHEMA
};
static RECORD: [u8; encoded_len(&SCHEMA)] = encode(&SCHEMA);

const FILE: &str = "sealed/prod.snapshot";

fn snapshot(package: &Package, arguments: &[&str]) -> RunOutput {
    snapshot_at(package, &moto().url, arguments)
}

fn snapshot_at(package: &Package, url: &str, arguments: &[&str]) -> RunOutput {
    package.write("artifact", artifact::build_elf(&[&RECORD]));
    let mut command = package.verb_command(
        &[
            &["snapshot", "--stage", "prod", "--artifact", "artifact"],
            arguments,
        ]
        .concat(),
    );
    command.env("AWS_ENDPOINT_URL", url);
    let ran = run_command(&mut command, b"");
    assert_clean("snapshot", &ran.stdout);
    assert_clean("snapshot", &ran.stderr);
    ran
}

/// Stores in moto all values that `prod` needs.
fn complete_stage() {
    let clients = StoreClients::new(moto());
    clients.put_string("/it-snapshot/prod/table", "orders");
    clients.put_string("/it-snapshot/prod/hosts", "a,b");
    clients.create_secret("it-snapshot/prod", &format!(r#"{{"password":"{SECRET}"}}"#));
    clients.put_secure_string("/it-snapshot/prod/fresh", SECRET);
}

/// Returns the content of the file, opened as a load opens it.
fn open_content(package: &Package) -> Value {
    let key =
        StageKey::parse(&package.read("sealed/prod/stage.key")).expect("the key is well formed");
    let sealed = SealedSnapshot::parse(&package.read(FILE)).expect("the file is well formed");
    assert_eq!(sealed.config(), "payments::Config");
    let unlocked = block_on(async { key.unlock(&KmsClient::new(&sdk_config(moto()))).await })
        .expect("KMS unlocks the key");
    serde_json::from_slice(&unlocked.open_snapshot(&sealed).expect("the snapshot opens"))
        .expect("the text is JSON")
}

#[test]
fn a_snapshot_has_the_values_of_the_stores() {
    let package = Package::with_stage("snapshot");
    // The command writes no snapshot of an incomplete stage, and its error lists every missing
    // field.
    let refused = snapshot(&package, &[]).assert_code(1);
    for field in [
        "table: missing",
        "hosts: missing",
        "password: missing",
        "fresh: missing",
    ] {
        assert!(refused.stderr.contains(field), "{}", refused.stderr);
    }
    assert_eq!(
        package.read_sealed().len(),
        1,
        "only the stage key must exist"
    );

    complete_stage();
    let written = snapshot(&package, &[])
        .assert_code(0)
        .assert_stderr("sealed/prod.snapshot is written for the stage `prod`: 3 values, 2");
    assert!(
        written.stderr.contains(
            "not in the snapshot, and requested by every load: /it-snapshot/prod/fresh, vault:motto"
        ),
        "{written:?}"
    );
    assert!(
        written.stderr.contains("expires when it is 7 days old"),
        "{written:?}"
    );
    assert_clean("the file", &package.read(FILE));
    let text = |text: &str| json!(STANDARD.encode(text));
    let content = open_content(&package);
    assert_eq!(
        (
            &content["version"],
            &content["found"]["/it-snapshot/prod/table"]["text"]
        ),
        (&json!(1), &text("orders"))
    );
    let password = &content["found"]["secret:it-snapshot/prod"];
    assert_eq!(
        password["text"],
        text(&format!(r#"{{"password":"{SECRET}"}}"#))
    );
    assert!(
        password["arn"]
            .as_str()
            .is_some_and(|arn| arn.starts_with("arn:aws:secretsmanager:")),
        "{password}"
    );
    assert_eq!(
        content["found"].as_object().map(serde_json::Map::len),
        Some(3),
        "{content}"
    );
    assert_eq!(
        content["missing"],
        json!(["/it-snapshot/prod/limit", "/it-snapshot/prod/motto"])
    );
    assert_mode(&package.path().join(FILE));

    // A newer snapshot replaces the first one without a question.
    snapshot(&package, &[]).assert_code(0);
    let verified = snapshot(&package, &["--verify"]).assert_code(0);
    assert!(
        verified.stdout.contains(
            "less than a minute old; it can be opened, and has all values that it must have"
        ),
        "{verified:?}"
    );
}

#[cfg(unix)]
fn assert_mode(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)
        .expect("the file exists")
        .permissions()
        .mode();
    assert_eq!(
        mode & 0o777,
        0o644,
        "the file must have the mode of a committed file"
    );
}

#[cfg(not(unix))]
fn assert_mode(_: &Path) {}

/// Seals the content for the stage `prod` of the package, and returns the text of the snapshot's
/// file. `created` is the time of the snapshot, in seconds since 1970.
fn seal(package: &Package, created: u64, content: &Value) -> String {
    let key =
        StageKey::parse(&package.read("sealed/prod/stage.key")).expect("the key is well formed");
    let sealed = key.seal_snapshot("payments::Config", created, content.to_string().as_bytes());
    sealed.expect("the content is sealed").to_string()
}

fn now() -> u64 {
    std::time::UNIX_EPOCH
        .elapsed()
        .expect("the clock is after 1970")
        .as_secs()
}

#[test]
fn a_placeholder_is_written_without_a_build_a_key_or_aws() {
    let package = Package::new("");
    let empty = |arguments: &[&str]| {
        let mut command = package
            .verb_command(&[&["snapshot", "--empty", "--stage", "prod"], arguments].concat());
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        run_command(&mut command, b"")
    };
    empty(&[])
        .assert_code(0)
        .assert_stderr("sealed/prod.snapshot is a placeholder: commit it");
    assert_eq!(
        package.read(FILE),
        SCHEMA
            .snapshot
            .map_or("", |snapshot| snapshot.files[0].text)
    );
    empty(&[])
        .assert_code(0)
        .assert_stderr("is already a placeholder");
    package.write(FILE, "other content");
    empty(&[])
        .assert_code(1)
        .assert_stderr("add `--overwrite` to replace it");
    empty(&["--overwrite"]).assert_code(0);
    empty(&["--file", "config/prod.snap"])
        .assert_code(0)
        .assert_stderr("config/prod.snap is a placeholder");
    assert_eq!(package.read("config/prod.snap"), package.read(FILE));
    for path in ["../prod", "/tmp/prod", "sealed/prod/snapshot", "a b"] {
        empty(&["--file", path]).assert_code(2);
    }
    empty(&["--verify"])
        .assert_code(2)
        .assert_stderr("cannot be used with");
    run_command(
        &mut package.verb_command(&["snapshot", "--empty", "--stage", "../prod"]),
        b"",
    )
    .assert_code(2)
    .assert_stderr("is not a valid name for a stage");
}

/// A rekey replaces the key pair, so the snapshot can no longer be opened.
#[test]
fn rekey_asks_for_a_new_snapshot() {
    let package = Package::with_stage("snapshot-rekey");
    package.write(FILE, seal(&package, now(), &json!({})));
    package
        .run(&["--rekey", "--stage", "prod"])
        .assert_code(0)
        .assert_stderr("cargo stage snapshot --stage prod");
    let ran = snapshot(&package, &["--verify"]).assert_code(1);
    assert!(
        ran.stdout
            .contains("wrong key: it was sealed for another key pair"),
        "{}",
        ran.stdout
    );
}

/// Without the warning, the problem would appear only when a load in a deployed program needs the
/// snapshot.
#[test]
fn check_warns_of_an_unusable_snapshot() {
    let package = Package::new("");
    package.write("artifact", artifact::build_elf(&[&RECORD]));
    let check = |arguments: &[&str]| {
        let all = [
            &[
                "check",
                "--stage",
                "prod",
                "--offline",
                "--artifact",
                "artifact",
            ],
            arguments,
        ]
        .concat();
        run_command(&mut package.verb_command(&all), b"").assert_code(0)
    };
    let ran = check(&[]).assert_stderr("warnings: 1");
    assert!(
        ran.stdout
            .contains("warning: the snapshot sealed/prod.snapshot cannot be used: empty"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("help: cargo stage snapshot --stage prod"),
        "{}",
        ran.stdout
    );
    let json: Value = serde_json::from_str(&check(&["--json"]).stdout).expect("the text is JSON");
    assert_eq!(
        json["stages"][0]["warnings"][0]["kind"], "snapshot",
        "{json}"
    );
}
