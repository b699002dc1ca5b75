//! Tests of sealed files: their format, their names, and how a value is sealed, opened and sealed
//! again. No output may contain a secret. The submodules `kms`, `snapshot` and `tampering` test the
//! calls to KMS, snapshots and changed files.

mod kms;
pub(crate) mod memory;
mod snapshot;
mod tampering;

use super::{cipher::*, error::*, stage_key::KeyOwner, *};
use crate::failure::FailureKind;
use memory::MemoryKms;
use std::sync::{Arc, LazyLock};
use zeroize::Zeroizing;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const SECRET: &[u8] = b"planted-secret-8f1c";

/// Runs a future that needs no timers.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// A key pair and its unlocked form.
struct Pair {
    key: StageKey,
    unlocked: UnlockedKey,
}

fn create_pair(app: &str, stage: &str) -> Pair {
    let kms = KmsClient::in_memory(Arc::default());
    run(async {
        let key = StageKey::create(&kms, KEY, app, stage).await.unwrap();
        let unlocked = key.unlock(&kms).await.unwrap();
        Pair { key, unlocked }
    })
}

static PROD: LazyLock<Pair> = LazyLock::new(|| create_pair("payments", "prod"));

/// Returns the key pair of the file `tests/version_1`, which an earlier build wrote.
fn known_key() -> UnlockedKey {
    let private = PrivateKey::from_bytes(&[7; 32]).unwrap();
    UnlockedKey {
        owner: KeyOwner {
            app: "payments".into(),
            stage: "prod".into(),
            public: private.public(),
        },
        private,
    }
}

fn seal_text(name: &str, plaintext: &[u8]) -> String {
    PROD.key.seal(name, plaintext).unwrap().to_string()
}

/// Opens a text as the value of this name, as the store does.
fn open(pair: &Pair, text: &str, name: &str) -> Result<Zeroizing<Vec<u8>>, SealedErrorKind> {
    let value = SealedValue::parse(text).map_err(|error| error.kind())?;
    value
        .verify(&pair.key, name)
        .map_err(|error| error.kind())?;
    pair.unlocked
        .open(&value, name)
        .map_err(|error| error.kind())
}

#[test]
fn a_file_is_text_with_readable_headers() {
    let text = seal_text("stripe_key", SECRET);
    let lines: Vec<_> = text.lines().collect();
    let key = format!("key: {}", PROD.key.fingerprint());
    assert_eq!(
        lines[..7],
        [
            "-----BEGIN STAGE-CONFIG SEALED VALUE-----",
            "version: 1",
            "app: payments",
            "stage: prod",
            "name: stripe_key",
            &key,
            "",
        ]
    );
    assert_eq!(
        lines.last(),
        Some(&"-----END STAGE-CONFIG SEALED VALUE-----")
    );
    assert!(lines.iter().all(|line| line.len() <= 64) && text.ends_with('\n'));

    let key = PROD.key.to_string();
    assert!(key.starts_with(
        "-----BEGIN STAGE-CONFIG STAGE KEY-----\nversion: 1\napp: payments\nstage: \
         prod\nkms-key: arn:"
    ));
    assert_eq!(StageKey::parse(&key).unwrap(), PROD.key);
    assert_eq!(
        (value_path("prod", "x"), key_path("prod")),
        (
            "sealed/prod/x".to_owned(),
            "sealed/prod/stage.key".to_owned()
        )
    );
}

/// A file that an earlier build wrote still opens: the format, the labels and the order in the key
/// schedule have not changed.
#[test]
fn a_file_of_version_1_opens() {
    let value = SealedValue::parse(include_str!("tests/version_1")).unwrap();
    assert_eq!(
        known_key().open(&value, "stripe_key").unwrap().as_slice(),
        b"sk_test_version_1"
    );
}

#[test]
fn lines_may_end_in_crlf() {
    let text = seal_text("stripe_key", SECRET).replace('\n', "\r\n");
    assert_eq!(open(&PROD, &text, "stripe_key").unwrap().as_slice(), SECRET);
    StageKey::parse(&PROD.key.to_string().replace('\n', "\r\n")).unwrap();
}

#[test]
fn long_and_empty_values_are_read_back_and_too_long_ones_are_refused() {
    for length in [0, 1, 4_096, 102_400, file_format::MAX_PLAINTEXT] {
        let plaintext: Vec<u8> = (0..length).map(|index| index as u8).collect();
        let text = seal_text("large", &plaintext);
        assert_eq!(open(&PROD, &text, "large").unwrap().as_slice(), plaintext);
    }
    let error = PROD
        .key
        .seal("large", &vec![0; file_format::MAX_PLAINTEXT + 1])
        .unwrap_err();
    assert_eq!(error.kind(), SealedErrorKind::TooLarge);
    assert_eq!(
        open(&PROD, &"x".repeat(2_000_000), "large").unwrap_err(),
        SealedErrorKind::TooLarge
    );
}

#[test]
fn resealed_values_open_only_with_the_new_key() {
    let new = create_pair("payments", "prod");
    let old = SealedValue::parse(&seal_text("stripe_key", SECRET)).unwrap();
    let resealed = PROD.unlocked.reseal(&old, "stripe_key", &new.key).unwrap();
    assert_eq!(
        new.unlocked
            .open(&resealed, "stripe_key")
            .unwrap()
            .as_slice(),
        SECRET
    );
    assert_eq!(
        PROD.unlocked
            .open(&resealed, "stripe_key")
            .unwrap_err()
            .kind(),
        SealedErrorKind::WrongKey
    );
    let dev = create_pair("payments", "dev");
    assert_eq!(
        PROD.unlocked
            .reseal(&old, "stripe_key", &dev.key)
            .unwrap_err()
            .kind(),
        SealedErrorKind::WrongStage
    );
}

#[test]
fn invalid_names_are_refused() {
    let kms = KmsClient::in_memory(Arc::default());
    let kind = |key: &str, app: &str, stage: &str| {
        run(StageKey::create(&kms, key, app, stage))
            .unwrap_err()
            .kind()
    };
    for app in ["", "a\nstage: prod", "a\"b", "a b"] {
        assert_eq!(kind(KEY, app, "prod"), SealedErrorKind::InvalidName);
    }
    for stage in ["", "..", "a/b", "fallback"] {
        assert_eq!(kind(KEY, "payments", stage), SealedErrorKind::InvalidName);
    }
    assert_eq!(
        kind("key\nx: y", "payments", "prod"),
        SealedErrorKind::InvalidName
    );

    // An invalid name in a file makes the file malformed.
    for (from, to) in [
        ("app: payments", "app: a b"),
        ("stage: prod", "stage: .."),
        ("name: x", "name: ../x"),
    ] {
        assert_eq!(
            SealedValue::parse(&seal_text("x", SECRET).replace(from, to))
                .unwrap_err()
                .kind(),
            SealedErrorKind::Malformed
        );
    }

    for name in ["", "a/b", "../x", ".x", "stage.key", "Stage.Key", "a\nb"] {
        assert_eq!(
            PROD.key.seal(name, SECRET).unwrap_err().kind(),
            SealedErrorKind::InvalidName,
            "{name:?}"
        );
    }
}

#[test]
fn the_help_for_a_later_version_is_an_update() {
    for (version, kind) in [
        ("2", SealedErrorKind::UnsupportedVersion),
        ("x", SealedErrorKind::Malformed),
    ] {
        let text = seal_text("x", SECRET).replace("version: 1", &format!("version: {version}"));
        let error = SealedValue::parse(&text).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(
            kind != SealedErrorKind::UnsupportedVersion
                || *error.help() == "update stage-config and cargo-stage".into()
        );
    }
}

/// Checks files, `Debug` texts and errors that are created from a secret or a key.
#[test]
fn no_output_contains_a_secret() {
    let text = seal_text("stripe_key", SECRET);
    let value = SealedValue::parse(&text).unwrap();

    let mut output = format!(
        "{:?} {:?} {:?} {text} {}",
        PROD.key, PROD.unlocked, value, PROD.key
    );
    output += &format!("{:?}", KmsClient::in_memory(Arc::default()));
    for broken in [
        text.replace("name: stripe_key", "name: other"),
        text[..text.len() - 70].to_owned(),
    ] {
        let error = SealedValue::parse(&broken)
            .and_then(|value| PROD.unlocked.open(&value, "other"))
            .unwrap_err();
        output += &format!("{error} {error:?} {:?}", error.kind());
        // An error does not show the ciphertext either.
        assert!(!error.to_string().contains(text.lines().nth(7).unwrap()));
    }
    output += &format!("{:?}", PROD.key.seal("no/name", SECRET).unwrap_err());

    let private = PROD.unlocked.private.to_bytes();
    let hex: String = private.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &private);
    let debug = format!("{:?}", private.as_slice());

    for planted in [
        std::str::from_utf8(SECRET).unwrap(),
        &hex,
        &base64,
        debug.trim_matches(['[', ']']),
    ] {
        assert!(!output.contains(planted));
    }
}
