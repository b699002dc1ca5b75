//! Tests that a file that was changed, copied to another place or cut off never opens, that an
//! unchanged file is read back, and that no text causes a panic.

use super::*;
use crate::outcome::Outcome;
use proptest::prelude::*;

#[test]
fn a_file_opens_only_under_its_name_stage_app_and_key() {
    use SealedErrorKind::{Tampered, WrongApp, WrongKey, WrongName, WrongStage};
    let text = seal_text("stripe_key", SECRET);
    assert_eq!(open(&PROD, &text, "other").unwrap_err(), WrongName);
    assert_eq!(
        open(&create_pair("payments", "dev"), &text, "stripe_key").unwrap_err(),
        WrongStage
    );
    assert_eq!(
        open(&create_pair("orders", "prod"), &text, "stripe_key").unwrap_err(),
        WrongApp
    );
    // Only the error of a key file has the help for a renamed app.
    let copied = SealedValue::parse(&text).unwrap();
    let error = copied.verify(&create_pair("orders", "prod").key, "stripe_key");
    let Outcome::Failed(failed) = Outcome::from(error.unwrap_err()) else {
        panic!("the file of another app is a failure");
    };
    assert!(failed.help.is_none());
    assert_eq!(
        open(&create_pair("payments", "prod"), &text, "stripe_key").unwrap_err(),
        WrongKey
    );

    // Headers prove nothing: the cipher refuses a copied file even if its headers match the new
    // location.
    let renamed = text.replace("name: stripe_key", "name: other");
    assert_eq!(open(&PROD, &renamed, "other").unwrap_err(), Tampered);
    let other = create_pair("payments", "prod");
    let rekeyed = text.replace(PROD.key.fingerprint(), other.key.fingerprint());
    assert_eq!(open(&other, &rekeyed, "stripe_key").unwrap_err(), Tampered);

    // This is the same key pair under another app or stage. A person who may unlock the key could
    // write such a file.
    for (app, stage) in [("orders", "prod"), ("payments", "dev")] {
        let owner = KeyOwner {
            app: app.into(),
            stage: stage.into(),
            public: PROD.key.owner.public.clone(),
        };
        let unlocked = UnlockedKey {
            owner: owner.clone(),
            private: PROD.unlocked.private.clone(),
        };
        let claimed = text
            .replace("app: payments", &format!("app: {app}"))
            .replace("stage: prod", &format!("stage: {stage}"));
        let value = SealedValue::parse(&claimed).unwrap();
        assert_eq!(
            unlocked.open(&value, "stripe_key").unwrap_err().kind(),
            Tampered
        );
    }
}

#[test]
fn moving_characters_between_names_is_detected() {
    let public = &PROD.key.owner.public;
    let private = &PROD.unlocked.private;
    let body = public
        .seal(
            &AssociatedData {
                app: "ab",
                stage: "c",
                name: "d",
                key: public,
            },
            SECRET,
        )
        .unwrap();
    for (app, stage, name) in [
        ("a", "bc", "d"),
        ("abc", "", "d"),
        ("ab", "cd", ""),
        ("ab", "", "cd"),
    ] {
        assert!(
            private
                .open(
                    &AssociatedData {
                        app,
                        stage,
                        name,
                        key: public
                    },
                    &body
                )
                .is_none()
        );
    }
}

#[test]
fn a_replaced_public_half_is_detected() {
    let kms = KmsClient::in_memory(Arc::default());
    let text = run(StageKey::create(&kms, KEY, "payments", "prod"))
        .unwrap()
        .to_string();
    let attacker_key = run(StageKey::create(&kms, KEY, "payments", "prod")).unwrap();
    let line = text.lines().find(|line| line.starts_with("key: ")).unwrap();
    let key = StageKey::parse(&text.replace(line, &format!("key: {}", attacker_key.fingerprint())))
        .unwrap();
    let error = run(key.unlock(&kms)).unwrap_err();
    assert_eq!(error.kind(), SealedErrorKind::Tampered);
    assert!(
        error
            .to_string()
            .starts_with("sealed/prod/stage.key: its two halves do not belong to one pair")
    );
}

/// The shared secret of these points is publicly known.
#[test]
fn an_invalid_public_half_seals_nothing() {
    let text = PROD.key.to_string();
    for point in [
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ] {
        let key = StageKey::parse(&text.replace(PROD.key.fingerprint(), point)).unwrap();
        assert_eq!(
            key.seal("x", SECRET).unwrap_err().kind(),
            SealedErrorKind::Tampered
        );
    }
}

/// Returns whether an error is about the file, and not about a call to KMS.
fn is_file_error(kind: SealedErrorKind) -> bool {
    !matches!(kind, SealedErrorKind::Kms(_))
}

proptest! {
    // Elliptic-curve operations are slow without optimization.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_are_read_back(name in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}", plaintext: Vec<u8>) {
        prop_assume!(!name.eq_ignore_ascii_case(KEY_FILE));
        let text = seal_text(&name, &plaintext);
        prop_assert_eq!(open(&PROD, &text, &name).unwrap().to_vec(), plaintext);
        prop_assert_eq!(SealedValue::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn a_changed_byte_never_opens(plaintext: Vec<u8>, at: prop::sample::Index, byte: u8) {
        let mut bytes = seal_text("stripe_key", &plaintext).into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            let kind = open(&PROD, &text, "stripe_key").unwrap_err();
            prop_assert!(is_file_error(kind), "{kind:?}");
        }
    }

    #[test]
    fn a_changed_byte_of_the_body_never_opens(plaintext: Vec<u8>, at: prop::sample::Index, change in 1..=u8::MAX) {
        let mut value = PROD.key.seal("stripe_key", &plaintext).unwrap();
        let at = at.index(value.body.len());
        value.body[at] ^= change;
        prop_assert_eq!(PROD.unlocked.open(&value, "stripe_key").unwrap_err().kind(), SealedErrorKind::Tampered);
    }

    #[test]
    fn a_part_of_a_file_never_opens(plaintext: Vec<u8>, from: prop::sample::Index, to: prop::sample::Index) {
        let text = seal_text("stripe_key", &plaintext);
        let (from, to) = (from.index(text.len()), to.index(text.len() + 1));
        prop_assume!(from < to && to - from < text.len());
        let kind = open(&PROD, &text[from..to], "stripe_key").unwrap_err();
        prop_assert!(is_file_error(kind), "{kind:?}");
    }

    #[test]
    fn a_longer_file_never_opens(plaintext: Vec<u8>, at: prop::sample::Index, more in "[ -~\n\r]{1,4}") {
        let mut text = seal_text("stripe_key", &plaintext);
        let at = at.index(text.len() + 1);
        text.insert_str(at, &more);
        // A carriage return before the end of a line is valid, as on Windows.
        prop_assume!(text.replace("\r\n", "\n").len() != text.len() - more.len());
        let kind = open(&PROD, &text, "stripe_key").unwrap_err();
        prop_assert!(is_file_error(kind), "{kind:?}");
    }

    #[test]
    fn swapped_files_never_open(one in "[a-z]{1,8}", other in "[a-z]{1,8}", plaintext: Vec<u8>) {
        prop_assume!(one != other);
        let text = seal_text(&one, &plaintext);
        prop_assert_eq!(open(&PROD, &text, &other).unwrap_err(), SealedErrorKind::WrongName);
        let claimed = text.replace(&format!("name: {one}\n"), &format!("name: {other}\n"));
        prop_assert_eq!(open(&PROD, &claimed, &other).unwrap_err(), SealedErrorKind::Tampered);
    }

    #[test]
    fn another_app_or_stage_never_opens(app in "[a-z]{1,8}", stage in "[a-z]{1,3}", name in "[a-z]{1,8}") {
        let owner = KeyOwner { app, stage, public: PROD.key.owner.public.clone() };
        let value = PROD.key.seal(&name, SECRET).unwrap();
        let unlocked = UnlockedKey { owner: owner.clone(), private: PROD.unlocked.private.clone() };
        let kind = unlocked.open(&value, &name).unwrap_err().kind();
        prop_assert!(matches!(kind, SealedErrorKind::WrongApp | SealedErrorKind::WrongStage), "{kind:?}");
        let claimed = SealedValue { owner, ..value };
        prop_assert_eq!(unlocked.open(&claimed, &name).unwrap_err().kind(), SealedErrorKind::Tampered);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text: String) {
        prop_assert_eq!(SealedValue::parse(&text).unwrap_err().kind(), SealedErrorKind::Malformed);
        prop_assert_eq!(StageKey::parse(&text).unwrap_err().kind(), SealedErrorKind::Malformed);
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
