//! What must never open, what must always open, and what no output may show.

pub(crate) mod memory;
mod snapshot;

use super::{cipher::*, error::*, stage_key::KeyOwner, *};
use crate::failure::FailureKind;
use memory::MemoryKms;
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};
use zeroize::Zeroizing;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const SECRET: &[u8] = b"planted-secret-8f1c";

/// Runs a future that needs no timers.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A key pair and its unlocked form.
struct Pair {
    key: StageKey,
    unlocked: UnlockedKey,
}

fn pair(app: &str, stage: &str) -> Pair {
    let kms = KmsClient::in_memory(Arc::default());
    run(async {
        let key = StageKey::create(&kms, KEY, app, stage).await.unwrap();
        let unlocked = key.unlock(&kms).await.unwrap();
        Pair { key, unlocked }
    })
}

static PROD: LazyLock<Pair> = LazyLock::new(|| pair("payments", "prod"));

/// Returns the key pair of the files that an earlier build wrote.
fn known() -> UnlockedKey {
    let private = PrivateKey::from_bytes(&[7; 32]).unwrap();
    UnlockedKey { owner: KeyOwner { app: "payments".into(), stage: "prod".into(), public: private.public() }, private }
}

fn sealed(name: &str, plaintext: &[u8]) -> String {
    PROD.key.seal(name, plaintext).unwrap().to_string()
}

/// Opens a text as the value of this name, as the store does.
fn open(pair: &Pair, text: &str, name: &str) -> Result<Zeroizing<Vec<u8>>, SealedErrorKind> {
    let value = SealedValue::parse(text).map_err(|error| error.kind())?;
    value.verify(&pair.key, name).map_err(|error| error.kind())?;
    pair.unlocked.open(&value, name).map_err(|error| error.kind())
}

#[test]
fn the_file_is_text_that_a_diff_shows() {
    let text = sealed("stripe_key", SECRET);
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
    assert_eq!(lines.last(), Some(&"-----END STAGE-CONFIG SEALED VALUE-----"));
    assert!(lines.iter().all(|line| line.len() <= 64) && text.ends_with('\n'));
    let key = PROD.key.to_string();
    assert!(
        key.starts_with(
            "-----BEGIN STAGE-CONFIG STAGE KEY-----\nversion: 1\napp: payments\nstage: prod\nkms-key: arn:"
        )
    );
    assert_eq!(StageKey::parse(&key).unwrap(), PROD.key);
    assert_eq!(
        (value_path("prod", "x"), key_path("prod")),
        ("sealed/prod/x".to_owned(), "sealed/prod/stage.key".to_owned())
    );
}

/// A file that an earlier build wrote still opens: the format, the labels and the order in the key
/// schedule have not changed.
#[test]
fn a_file_of_version_1_opens() {
    let value = SealedValue::parse(include_str!("tests/version_1")).unwrap();
    assert_eq!(known().open(&value, "stripe_key").unwrap().as_slice(), b"sk_test_version_1");
}

#[test]
fn lines_may_end_as_on_windows() {
    let text = sealed("stripe_key", SECRET).replace('\n', "\r\n");
    assert_eq!(open(&PROD, &text, "stripe_key").unwrap().as_slice(), SECRET);
    StageKey::parse(&PROD.key.to_string().replace('\n', "\r\n")).unwrap();
}

#[test]
fn long_and_empty_values_come_back() {
    for length in [0, 1, 4_096, 102_400, file_format::MAX_PLAINTEXT] {
        let plaintext: Vec<u8> = (0..length).map(|index| index as u8).collect();
        let text = sealed("large", &plaintext);
        assert_eq!(open(&PROD, &text, "large").unwrap().as_slice(), plaintext);
    }
    let error = PROD.key.seal("large", &vec![0; file_format::MAX_PLAINTEXT + 1]).unwrap_err();
    assert_eq!(error.kind(), SealedErrorKind::TooLarge);
    assert_eq!(open(&PROD, &"x".repeat(2_000_000), "large").unwrap_err(), SealedErrorKind::TooLarge);
}

#[test]
fn a_file_opens_in_its_place_alone() {
    use SealedErrorKind::{Tampered, WrongApp, WrongKey, WrongName, WrongStage};
    let text = sealed("stripe_key", SECRET);
    assert_eq!(open(&PROD, &text, "other").unwrap_err(), WrongName);
    assert_eq!(open(&pair("payments", "dev"), &text, "stripe_key").unwrap_err(), WrongStage);
    assert_eq!(open(&pair("orders", "prod"), &text, "stripe_key").unwrap_err(), WrongApp);
    assert_eq!(open(&pair("payments", "prod"), &text, "stripe_key").unwrap_err(), WrongKey);
    // Headers prove nothing: with the headers of its new location, the cipher refuses a copied
    // file.
    let renamed = text.replace("name: stripe_key", "name: other");
    assert_eq!(open(&PROD, &renamed, "other").unwrap_err(), Tampered);
    let other = pair("payments", "prod");
    let rekeyed = text.replace(PROD.key.fingerprint(), other.key.fingerprint());
    assert_eq!(open(&other, &rekeyed, "stripe_key").unwrap_err(), Tampered);
    // The same key pair under another app or stage, as a person who may unlock it could claim.
    for (app, stage) in [("orders", "prod"), ("payments", "dev")] {
        let owner = KeyOwner { app: app.into(), stage: stage.into(), public: PROD.key.owner.public.clone() };
        let unlocked = UnlockedKey { owner: owner.clone(), private: PROD.unlocked.private.clone() };
        let claimed =
            text.replace("app: payments", &format!("app: {app}")).replace("stage: prod", &format!("stage: {stage}"));
        let value = SealedValue::parse(&claimed).unwrap();
        assert_eq!(unlocked.open(&value, "stripe_key").unwrap_err().kind(), Tampered);
    }
}

/// The boundaries between the parts are bound as well.
#[test]
fn parts_do_not_run_into_each_other() {
    let public = &PROD.key.owner.public;
    let private = &PROD.unlocked.private;
    let body = public.seal(&AssociatedData { app: "ab", stage: "c", name: "d", key: public }, SECRET).unwrap();
    for (app, stage, name) in [("a", "bc", "d"), ("abc", "", "d"), ("ab", "cd", ""), ("ab", "", "cd")] {
        assert!(private.open(&AssociatedData { app, stage, name, key: public }, &body).is_none());
    }
}

#[test]
fn kms_is_asked_with_exactly_app_and_stage() {
    let memory = Arc::new(MemoryKms::default());
    let kms = KmsClient::in_memory(memory.clone());
    let key = run(StageKey::create(&kms, "alias/prod", "payments", "prod")).unwrap();
    assert_eq!(key.kms_key(), memory::arn_of("alias/prod"));
    run(key.unlock(&kms)).unwrap();
    let context = vec![("app".to_owned(), "payments".to_owned()), ("stage".to_owned(), "prod".to_owned())];
    assert_eq!(memory.contexts(), [context.clone(), context]);
}

/// A changed header of a key file leads to another encryption context than the one that the key was
/// wrapped under.
#[test]
fn a_key_unlocks_for_its_own_app_and_stage_alone() {
    let kms = KmsClient::in_memory(Arc::default());
    let text = run(StageKey::create(&kms, KEY, "payments", "prod")).unwrap().to_string();
    for (from, to) in [("app: payments", "app: orders"), ("stage: prod", "stage: dev")] {
        let key = StageKey::parse(&text.replace(from, to)).unwrap();
        let error = run(key.unlock(&kms)).unwrap_err();
        assert_eq!(error.kind(), SealedErrorKind::Kms(FailureKind::WrongContext));
        assert!(error.to_string().contains(&format!("{{\"app\": {:?}, \"stage\": {:?}}}", key.app(), key.stage())));
    }
    let key = StageKey::parse(&text).unwrap();
    assert_eq!(key.verify("orders", "prod").unwrap_err().kind(), SealedErrorKind::WrongApp);
    assert_eq!(key.verify("payments", "dev").unwrap_err().kind(), SealedErrorKind::WrongStage);
    key.verify("payments", "prod").unwrap();
}

#[test]
fn an_exchanged_public_half_is_found() {
    let kms = KmsClient::in_memory(Arc::default());
    let text = run(StageKey::create(&kms, KEY, "payments", "prod")).unwrap().to_string();
    let mine = run(StageKey::create(&kms, KEY, "payments", "prod")).unwrap();
    let line = text.lines().find(|line| line.starts_with("key: ")).unwrap();
    let key = StageKey::parse(&text.replace(line, &format!("key: {}", mine.fingerprint()))).unwrap();
    let error = run(key.unlock(&kms)).unwrap_err();
    assert_eq!(error.kind(), SealedErrorKind::Tampered);
    assert!(error.to_string().starts_with("sealed/prod/stage.key: its two halves are not of one pair"));
}

/// The few points whose shared secret is publicly known.
#[test]
fn a_public_half_that_is_no_key_seals_nothing() {
    let text = PROD.key.to_string();
    for point in ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
        let key = StageKey::parse(&text.replace(PROD.key.fingerprint(), point)).unwrap();
        assert_eq!(key.seal("x", SECRET).unwrap_err().kind(), SealedErrorKind::Tampered);
    }
}

#[test]
fn what_kms_says_is_told_apart() {
    use FailureKind::{Denied, KeyUnusable, Throttled, Unavailable, WrongKey};
    let memory = Arc::new(MemoryKms::default());
    let kms = KmsClient::in_memory(memory.clone());
    let key = run(StageKey::create(&kms, KEY, "payments", "prod")).unwrap();
    for (code, status, kind) in [
        ("AccessDeniedException", 400, Denied),
        ("DisabledException", 400, KeyUnusable),
        ("KMSInvalidStateException", 400, KeyUnusable),
        ("IncorrectKeyException", 400, WrongKey),
        ("NotFoundException", 400, WrongKey),
        ("ThrottlingException", 400, Throttled),
        ("KMSInternalException", 500, Unavailable),
    ] {
        memory.fail_once(code, status);
        let error = run(key.unlock(&kms)).unwrap_err();
        assert_eq!(error.kind(), SealedErrorKind::Kms(kind), "{code}");
        assert!(error.to_string().starts_with("sealed/prod/stage.key: "), "{error}");
    }
    memory.fail_once("AccessDeniedException", 400);
    let error = run(StageKey::create(&kms, KEY, "payments", "prod")).unwrap_err();
    assert!(error.help().to_string().starts_with("allow `kms:Encrypt` on"), "{error}");
    memory.garble();
    assert_eq!(run(key.unlock(&kms)).unwrap_err().kind(), SealedErrorKind::Tampered);
}

#[test]
fn vinz_has_a_context_of_its_own() {
    let memory = Arc::new(MemoryKms::default());
    let kms = KmsClient::in_memory(memory.clone());
    let context = [("vinzEncryptionContext", "encrypted by github.com/bjacobel/vinz")];
    let file = memory.encrypt(KEY, SECRET, &context).unwrap_or_else(|_| panic!("encrypts")).ciphertext;
    assert_eq!(run(import_vinz(&kms, &file)).unwrap().as_slice(), SECRET);
    let kind = |file: &[u8]| run(import_vinz(&kms, file)).unwrap_err().kind();
    assert_eq!(kind(b""), SealedErrorKind::Malformed);
    assert_eq!(kind(&[0; 7_000]), SealedErrorKind::TooLarge);
    assert_eq!(kind(b"no ciphertext"), SealedErrorKind::Kms(FailureKind::WrongContext));
}

#[test]
fn a_change_of_keys_keeps_the_values() {
    let new = pair("payments", "prod");
    let old = SealedValue::parse(&sealed("stripe_key", SECRET)).unwrap();
    let resealed = PROD.unlocked.reseal(&old, "stripe_key", &new.key).unwrap();
    assert_eq!(new.unlocked.open(&resealed, "stripe_key").unwrap().as_slice(), SECRET);
    assert_eq!(PROD.unlocked.open(&resealed, "stripe_key").unwrap_err().kind(), SealedErrorKind::WrongKey);
    let dev = pair("payments", "dev");
    assert_eq!(PROD.unlocked.reseal(&old, "stripe_key", &dev.key).unwrap_err().kind(), SealedErrorKind::WrongStage);
}

#[test]
fn names_that_could_become_something_else_are_refused() {
    let kms = KmsClient::in_memory(Arc::default());
    let kind = |key: &str, app: &str, stage: &str| run(StageKey::create(&kms, key, app, stage)).unwrap_err().kind();
    for app in ["", "a\nstage: prod", "a\"b", "a b"] {
        assert_eq!(kind(KEY, app, "prod"), SealedErrorKind::InvalidName);
    }
    for stage in ["", "..", "a/b", "fallback"] {
        assert_eq!(kind(KEY, "payments", stage), SealedErrorKind::InvalidName);
    }
    assert_eq!(kind("key\nx: y", "payments", "prod"), SealedErrorKind::InvalidName);
    // The same names in a file make the file malformed.
    for (from, to) in [("app: payments", "app: a b"), ("stage: prod", "stage: .."), ("name: x", "name: ../x")] {
        assert_eq!(
            SealedValue::parse(&sealed("x", SECRET).replace(from, to)).unwrap_err().kind(),
            SealedErrorKind::Malformed
        );
    }
    for name in ["", "a/b", "../x", ".x", "stage.key", "Stage.Key", "a\nb"] {
        assert_eq!(PROD.key.seal(name, SECRET).unwrap_err().kind(), SealedErrorKind::InvalidName, "{name:?}");
    }
}

#[test]
fn a_later_version_says_what_to_do() {
    for (version, kind) in [("2", SealedErrorKind::UnsupportedVersion), ("x", SealedErrorKind::Malformed)] {
        let text = sealed("x", SECRET).replace("version: 1", &format!("version: {version}"));
        let error = SealedValue::parse(&text).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(
            kind != SealedErrorKind::UnsupportedVersion
                || *error.help() == "update stage-config and cargo-stage".into()
        );
    }
}

/// Collects every text that this module can create from a secret or a key.
#[test]
fn nothing_shows_a_secret() {
    let text = sealed("stripe_key", SECRET);
    let value = SealedValue::parse(&text).unwrap();
    let mut shown = format!("{:?} {:?} {:?} {text} {}", PROD.key, PROD.unlocked, value, PROD.key);
    shown += &format!("{:?}", KmsClient::in_memory(Arc::default()));
    for broken in [text.replace("name: stripe_key", "name: other"), text[..text.len() - 70].to_owned()] {
        let error = SealedValue::parse(&broken).and_then(|value| PROD.unlocked.open(&value, "other")).unwrap_err();
        shown += &format!("{error} {error:?} {:?}", error.kind());
        // An error does not show the ciphertext either.
        assert!(!error.to_string().contains(text.lines().nth(7).unwrap()));
    }
    shown += &format!("{:?}", PROD.key.seal("no/name", SECRET).unwrap_err());
    let private = PROD.unlocked.private.to_bytes();
    let hex: String = private.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &private);
    let debug = format!("{:?}", private.as_slice());
    for planted in [std::str::from_utf8(SECRET).unwrap(), &hex, &base64, debug.trim_matches(['[', ']'])] {
        assert!(!shown.contains(planted));
    }
}

proptest! {
    // Elliptic-curve operations are slow without optimization.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_come_back(name in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}", plaintext: Vec<u8>) {
        prop_assume!(!name.eq_ignore_ascii_case(KEY_FILE));
        let text = sealed(&name, &plaintext);
        prop_assert_eq!(open(&PROD, &text, &name).unwrap().to_vec(), plaintext);
        prop_assert_eq!(SealedValue::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn a_changed_byte_never_opens(plaintext: Vec<u8>, at: prop::sample::Index, byte: u8) {
        let mut bytes = sealed("stripe_key", &plaintext).into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert!(open(&PROD, &text, "stripe_key").is_err());
        }
    }

    #[test]
    fn a_changed_byte_of_the_body_never_opens(plaintext: Vec<u8>, at: prop::sample::Index, change in 1..=u8::MAX) {
        let mut value = PROD.key.seal("stripe_key", &plaintext).unwrap();
        let at = at.index(value.body.len());
        value.body[at] ^= change;
        prop_assert!(PROD.unlocked.open(&value, "stripe_key").is_err());
    }

    #[test]
    fn a_part_of_a_file_never_opens(plaintext: Vec<u8>, from: prop::sample::Index, to: prop::sample::Index) {
        let text = sealed("stripe_key", &plaintext);
        let (from, to) = (from.index(text.len()), to.index(text.len() + 1));
        prop_assume!(from < to && to - from < text.len());
        prop_assert!(open(&PROD, &text[from..to], "stripe_key").is_err());
    }

    #[test]
    fn a_longer_file_never_opens(plaintext: Vec<u8>, at: prop::sample::Index, more in "[ -~\n\r]{1,4}") {
        let mut text = sealed("stripe_key", &plaintext);
        let at = at.index(text.len() + 1);
        text.insert_str(at, &more);
        // A carriage return before the end of a line is valid, as on Windows.
        prop_assume!(text.replace("\r\n", "\n").len() != text.len() - more.len());
        prop_assert!(open(&PROD, &text, "stripe_key").is_err());
    }

    #[test]
    fn swapped_files_never_open(one in "[a-z]{1,8}", other in "[a-z]{1,8}", plaintext: Vec<u8>) {
        prop_assume!(one != other);
        let text = sealed(&one, &plaintext);
        prop_assert_eq!(open(&PROD, &text, &other).unwrap_err(), SealedErrorKind::WrongName);
        let claimed = text.replace(&format!("name: {one}\n"), &format!("name: {other}\n"));
        prop_assert_eq!(open(&PROD, &claimed, &other).unwrap_err(), SealedErrorKind::Tampered);
    }

    #[test]
    fn another_app_or_stage_never_opens(app in "[a-z]{1,8}", stage in "[a-z]{1,3}", name in "[a-z]{1,8}") {
        let owner = KeyOwner { app, stage, public: PROD.key.owner.public.clone() };
        let value = PROD.key.seal(&name, SECRET).unwrap();
        let unlocked = UnlockedKey { owner: owner.clone(), private: PROD.unlocked.private.clone() };
        prop_assert!(unlocked.open(&value, &name).is_err());
        let claimed = SealedValue { owner, ..value };
        prop_assert_eq!(unlocked.open(&claimed, &name).unwrap_err().kind(), SealedErrorKind::Tampered);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text: String) {
        prop_assert!(SealedValue::parse(&text).is_err() && StageKey::parse(&text).is_err());
    }

    #[test]
    fn any_change_of_a_key_file_is_read_without_a_panic(at: prop::sample::Index, with in "(?s).{0,3}") {
        let mut text = PROD.key.to_string();
        let at = at.index(text.len());
        text.replace_range(at..=at, &with);
        if let Ok(key) = StageKey::parse(&text) {
            // A key file that parses is written back unchanged.
            prop_assert_eq!(key.to_string(), text.replace("\r\n", "\n"));
        }
    }
}
