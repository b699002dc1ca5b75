//! Tests of the calls to KMS and of their errors.

use super::*;
use crate::outcome::{Failed, Outcome};
use crate::sealed::error::KmsCall;

#[test]
fn the_context_is_exactly_app_and_stage() {
    let memory = Arc::new(MemoryKms::default());
    let kms = KmsClient::in_memory(memory.clone());
    let key = run(StageKey::create(&kms, "alias/prod", "payments", "prod")).unwrap();
    assert_eq!(key.kms_key(), memory::key_arn("alias/prod"));
    run(key.unlock(&kms)).unwrap();
    let context = vec![
        ("app".to_owned(), "payments".to_owned()),
        ("stage".to_owned(), "prod".to_owned()),
    ];
    assert_eq!(memory.contexts(), [context.clone(), context]);
}

/// A changed header changes the encryption context, so KMS does not unwrap the key.
#[test]
fn a_key_unlocks_only_for_its_app_and_stage() {
    let kms = KmsClient::in_memory(Arc::default());
    let text = run(StageKey::create(&kms, KEY, "payments", "prod"))
        .unwrap()
        .to_string();
    for (from, to) in [
        ("app: payments", "app: orders"),
        ("stage: prod", "stage: dev"),
    ] {
        let key = StageKey::parse(&text.replace(from, to)).unwrap();
        let error = run(key.unlock(&kms)).unwrap_err();
        assert_eq!(
            error.kind(),
            SealedErrorKind::Kms(FailureKind::WrongContext)
        );
        assert!(error.to_string().contains(&format!(
            "{{\"app\": {:?}, \"stage\": {:?}}}",
            key.app(),
            key.stage()
        )));
    }
    let key = StageKey::parse(&text).unwrap();
    let renamed = key.verify("orders", "prod").unwrap_err();
    assert_eq!(renamed.kind(), SealedErrorKind::WrongApp);
    let Outcome::Failed(failed) = Outcome::from(renamed) else {
        panic!("the key of another app is a failure");
    };
    let help = failed.help.expect("it has its own help").to_string();
    assert!(help.contains("`#[config(app = \"payments\")]`"), "{help}");
    assert_eq!(
        key.verify("payments", "dev").unwrap_err().kind(),
        SealedErrorKind::WrongStage
    );
    key.verify("payments", "prod").unwrap();
}

#[test]
fn each_error_of_kms_has_its_kind() {
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
        assert!(
            error.to_string().starts_with("sealed/prod/stage.key: "),
            "{error}"
        );
    }
    memory.fail_once("AccessDeniedException", 400);
    let error = run(StageKey::create(&kms, KEY, "payments", "prod")).unwrap_err();
    assert!(
        error
            .help()
            .to_string()
            .starts_with("allow `kms:Encrypt` on"),
        "{error}"
    );

    memory.corrupt();
    assert_eq!(
        run(key.unlock(&kms)).unwrap_err().kind(),
        SealedErrorKind::Tampered
    );
}

#[test]
fn a_load_shows_the_help_that_a_failed_call_has() {
    let call = KmsCall {
        action: "kms:Decrypt",
        key: None,
        context: &[],
    };
    let failed = Failed::new(FailureKind::Unavailable, "connection refused");
    for (failed, expected) in [
        (failed.clone(), None),
        (
            failed.with_help("start the server"),
            Some("start the server"),
        ),
    ] {
        let error = call.to_error(Outcome::Failed(failed), "the file".to_owned());
        let Outcome::Failed(failed) = Outcome::from(error) else {
            panic!("the call failed");
        };
        let help = failed.help.map(|help| help.to_string());
        assert_eq!(help.as_deref(), expected);
    }
}

#[test]
fn vinz_uses_its_own_context() {
    let memory = Arc::new(MemoryKms::default());
    let kms = KmsClient::in_memory(memory.clone());
    let context = [(
        "vinzEncryptionContext",
        "encrypted by github.com/bjacobel/vinz",
    )];
    let file = memory
        .encrypt(KEY, SECRET, &context)
        .unwrap_or_else(|_| panic!("the encryption failed"))
        .ciphertext;
    assert_eq!(run(import_vinz(&kms, &file)).unwrap().as_slice(), SECRET);
    let kind = |file: &[u8]| run(import_vinz(&kms, file)).unwrap_err().kind();
    assert_eq!(kind(b""), SealedErrorKind::Malformed);
    assert_eq!(kind(&[0; 7_000]), SealedErrorKind::TooLarge);
    assert_eq!(
        kind(b"no ciphertext"),
        SealedErrorKind::Kms(FailureKind::WrongContext)
    );
}
