//! KMS ciphertext in environment variables: one suite for two servers, and tests with scripted
//! answers.
//!
//! Each test has two halves, as in [`child`]: the outer half sets the variables, and the inner half
//! reads them.

use stage_config::{ExposeSecret, Loaded, SecretSlice, SecretString, StageConfig};

use crate::support::peers::{self, Peer};
use crate::support::secrets_and_keys::Key;
use crate::support::suite::suite;
use crate::support::{aws, child};

mod calls;
mod faults;

suite! {
    every_form_of_source_is_decrypted
    a_wrong_encryption_context_is_an_error
    damaged_ciphertext_is_an_error
    a_missing_key_is_an_error
}

/// The encryption context that the Lambda console uses for a function called `payments`.
const CONTEXT: (&str, &str) = ("LambdaFunctionName", "payments");

/// Returns the variables of [`aws::variables`], those in `with`, and the variable in which Lambda
/// names the function, here `payments`.
fn variables(url: &str, with: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut variables = aws::variables(url);
    variables.push(("AWS_LAMBDA_FUNCTION_NAME", "payments".to_owned()));
    variables.extend(
        with.iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    variables
}

#[derive(StageConfig)]
struct Every {
    #[stage(dev = "kms-env:KMS_PLAIN")]
    plain: SecretString,
    #[stage(dev = "kms-env:KMS_CONSOLE?context=lambda")]
    console: SecretString,
    #[stage(dev = "kms-env:KMS_PINNED?key=alias/kms-every-form")]
    pinned: String,
    #[stage(dev = "kms-env:KMS_BOTH?context=lambda&key=alias/kms-every-form")]
    number: u16,
    #[stage(dev = "kms-env:KMS_JSON#user")]
    user: String,
    #[stage(dev = "kms-env:KMS_JSON#login.password")]
    password: SecretString,
    #[stage(dev = "kms-env:KMS_JSON#absent")]
    absent: Option<String>,
    #[stage(dev = "kms-env:KMS_BYTES")]
    bytes: SecretSlice<u8>,
    #[stage(dev = ["kms-env:KMS_UNSET", "kms-env:KMS_PLAIN"])]
    chain: SecretString,
    #[stage(dev = "kms-env:KMS_UNSET")]
    unset: Option<SecretString>,
}

async fn every_form_of_source_is_decrypted(peer: &Peer) {
    let key = Key::new(peer).await;
    key.add_alias("alias/kms-every-form").await;
    // `base64` and editors add line ends, so a load must accept them in a ciphertext.
    let mut plain = key.encrypt(b"  plain\n", None).await;
    plain.insert(20, '\n');
    plain.push('\n');
    let pairs = [
        ("KMS_PLAIN", plain),
        ("KMS_CONSOLE", key.encrypt(b"console", Some(CONTEXT)).await),
        ("KMS_PINNED", key.encrypt(b"pinned", None).await),
        ("KMS_BOTH", key.encrypt(b"5432", Some(CONTEXT)).await),
        (
            "KMS_JSON",
            key.encrypt(br#"{"user":"u","login":{"password":"p"}}"#, None)
                .await,
        ),
        ("KMS_BYTES", key.encrypt(&[0, 255, 1, 254], None).await),
    ];
    let pairs = pairs
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    child::run("kms::inner_every_form", &variables(&peer.url, &pairs)).assert_passed();
}

#[tokio::test]
async fn inner_every_form() {
    if !child::is_inner("kms::inner_every_form") {
        return;
    }

    let Loaded { config, report, .. } = Every::loader()
        .resolve()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (config.plain.expose_secret(), config.console.expose_secret()),
        ("  plain\n", "console")
    );
    assert_eq!((config.pinned.as_str(), config.number), ("pinned", 5432));
    assert_eq!(
        (
            config.user.as_str(),
            config.password.expose_secret(),
            config.absent
        ),
        ("u", "p", None)
    );
    assert_eq!(config.bytes.expose_secret(), [0, 255, 1, 254]);
    assert_eq!(
        (config.chain.expose_secret(), config.unset.is_none()),
        ("  plain\n", true)
    );

    let calls = report
        .calls
        .iter()
        .filter(|call| call.names != ["kms-env:KMS_UNSET"]);
    let operations: Vec<_> = calls
        .map(|call| (call.scheme.as_str(), call.operation.as_str()))
        .collect();
    assert_eq!(
        operations,
        [("kms-env", "Decrypt"); 6],
        "each variable is decrypted once: {report}"
    );
    assert!(report.fields.iter().all(|field| field.secret), "{report}");
}

/// Loads one variable in a child process, with the source of the inner test, and asserts the kind
/// and the words of the failure.
#[track_caller]
fn assert_inner_fails(inner: &str, url: &str, ciphertext: &str, kind: &str, words: &[&str]) {
    let variables_of_test = [
        ("KMS_ONE", ciphertext),
        ("KIND", kind),
        ("WORDS", &words.join("|")),
    ];
    child::run(
        &format!("kms::{inner}"),
        &variables(url, &variables_of_test),
    )
    .assert_passed();
}

/// The inner half of [`assert_inner_fails`]. Neither the `Option` nor the second candidate prevents
/// the failure. `KIND` and `WORDS` describe the failure.
macro_rules! inner {
    ($($test:ident: $source:tt;)+) => {$(
        #[tokio::test]
        async fn $test() {
            #[derive(StageConfig)]
            #[allow(dead_code)]
            struct One {
                #[stage(dev = [$source, "value:never"])]
                a: Option<String>,
            }
            if !child::is_inner(concat!("kms::", stringify!($test))) {
                return;
            }
            let variable = |name: &str| std::env::var(name).expect("the outer test sets the variable");
            let failure = crate::support::load::expect_failure(One::loader().resolve().await);
            assert_eq!(format!("{:?}", failure.kind()), variable("KIND"), "{failure}");
            assert_eq!(failure.source(), Some($source));
            let words = variable("WORDS");
            let words: Vec<&str> = words.split('|').collect();
            crate::support::load::assert_failure(&failure, "a", failure.kind(), &words);
        }
    )+};
}

inner! {
    inner_plain: "kms-env:KMS_ONE";
    inner_console: "kms-env:KMS_ONE?context=lambda";
    inner_pinned: "kms-env:KMS_ONE?key=alias/pinned";
    inner_none: "kms-env:KMS_ONE?key=alias/none";
    inner_elsewhere: "kms-env:KMS_ONE?key=arn:aws:kms:us-east-1:123456789012:alias/pinned";
}

/// Words of the error if a ciphertext has a context that its source does not name.
const NO_CONTEXT: [&str; 3] = [
    "without a context",
    "`kms-env:KMS_ONE?context=lambda`",
    "InvalidCiphertextException",
];
/// Words of the error if a ciphertext does not have the context of its source.
const CONSOLE: [&str; 3] = [
    r#"{"LambdaFunctionName": "payments"}"#,
    "`kms-env:KMS_ONE`",
    "InvalidCiphertextException",
];

async fn a_wrong_encryption_context_is_an_error(peer: &Peer) {
    let key = Key::new(peer).await;
    let console = key.encrypt(b"planted", Some(CONTEXT)).await;
    assert_inner_fails(
        "inner_plain",
        &peer.url,
        &console,
        "WrongContext",
        &NO_CONTEXT,
    );
    let of_other_function = key
        .encrypt(b"planted", Some(("LambdaFunctionName", "another")))
        .await;
    for ciphertext in [of_other_function, key.encrypt(b"planted", None).await] {
        assert_inner_fails(
            "inner_console",
            &peer.url,
            &ciphertext,
            "WrongContext",
            &CONSOLE,
        );
    }
}

async fn damaged_ciphertext_is_an_error(peer: &Peer) {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let good = base64
        .decode(Key::new(peer).await.encrypt(b"planted", None).await)
        .expect("base64");
    let (mut flipped, shortened) = (good.clone(), &good[..good.len() - 1]);
    *flipped.last_mut().expect("the ciphertext is not empty") ^= 1;
    for damaged in [flipped.as_slice(), shortened] {
        let words = ["or it is damaged", "encrypt the value again"];
        assert_inner_fails(
            "inner_plain",
            &peer.url,
            &base64.encode(damaged),
            "WrongContext",
            &words,
        );
    }
}

async fn a_missing_key_is_an_error(peer: &Peer) {
    let ciphertext = Key::new(peer).await.encrypt(b"planted", None).await;
    assert_inner_fails(
        "inner_none",
        &peer.url,
        &ciphertext,
        "WrongKey",
        &["NotFoundException", "name the key"],
    );
}

/// Runs only against roto, because moto denies access for a wrong key, and accepts a disabled key.
#[tokio::test]
async fn a_wrong_key_and_a_disabled_key_are_distinguished() {
    let peer = peers::roto();
    let (key, other) = (Key::new(peer).await, Key::new(peer).await);
    other.add_alias("alias/pinned").await;
    let ciphertext = key.encrypt(b"planted", None).await;
    assert_inner_fails(
        "inner_pinned",
        &peer.url,
        &ciphertext,
        "WrongKey",
        &["IncorrectKeyException", "name the key"],
    );

    key.disable().await;
    assert_inner_fails(
        "inner_plain",
        &peer.url,
        &ciphertext,
        "KeyUnusable",
        &["DisabledException", "aws kms enable-key"],
    );
}
