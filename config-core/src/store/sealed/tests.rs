//! Tests of the store of sealed files, with a KMS in memory.

mod malformed;

use super::*;
use crate::{
    fetch::{Stores, TimeBudget, WaveResult, fetch},
    outcome::Payload as Stored,
    plan::group_calls,
    schema::{
        AssignmentKey, FieldSpec, Schema, SealedFile, Secrecy,
        samples::{CONFIG, STRING, chain, leak, leak_list, leak_text, value},
    },
    sealed::tests::memory::MemoryKms,
    stage::Stage,
};
use std::time::Duration;
use tokio::time::Instant;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const SECRET: &str = "planted-secret-5a7e";

/// Creates the sealed files of a test, with a KMS in memory.
struct Repository {
    memory: Arc<MemoryKms>,
    kms: KmsClient,
}

impl Repository {
    fn new() -> Self {
        let memory = Arc::<MemoryKms>::default();
        Self {
            kms: KmsClient::in_memory(memory.clone()),
            memory,
        }
    }

    /// Creates a stage's key pair and some sealed values.
    async fn create_files(
        &self,
        app: &str,
        stage: &'static str,
        values: &[(&'static str, &[u8])],
    ) -> Vec<SealedFile> {
        let key = StageKey::create(&self.kms, KEY, app, stage).await.unwrap();
        let sealed = values.iter().map(|(name, plaintext)| {
            let value = key.seal(name, plaintext).unwrap();
            SealedFile {
                stage,
                name,
                text: leak_text(value.to_string()),
            }
        });
        let key = SealedFile {
            stage,
            name: KEY_FILE,
            text: leak_text(key.to_string()),
        };
        std::iter::once(key).chain(sealed).collect()
    }

    fn new_store(&self, plans: &[Plan]) -> Result<SealedFiles, Mistake> {
        SealedFiles::new_with(
            KmsProvider::Fixed(self.kms.clone()),
            &KeyRing::default(),
            ReadMode::Values,
            plans,
        )
    }

    /// Returns each request's outcome, and the names and the number of retries of each call.
    async fn load(&self, plans: &[Plan]) -> (BTreeMap<String, Outcome>, Vec<(Vec<String>, u32)>) {
        let store: Arc<dyn Store> = Arc::new(self.new_store(plans).unwrap());
        let stores = Stores::from([("sealed".to_owned(), store)]);
        let budget = TimeBudget::new(Instant::now(), Duration::from_secs(5));
        let WaveResult {
            outcomes,
            calls: reports,
            ..
        } = fetch(group_calls(plans), &stores, budget).await;
        assert!(
            reports
                .iter()
                .all(|report| report.scheme == "sealed" && report.operation == "Decrypt")
        );
        let reports = reports
            .into_iter()
            .map(|report| (report.names, report.retries))
            .collect();
        (
            outcomes
                .into_iter()
                .map(|(request, outcome)| (request.to_string(), outcome))
                .collect(),
            reports,
        )
    }
}

/// Returns a schema with one field for each source. The field has this source in every stage.
fn schema(app: &'static str, sources: &[&'static str], sealed: Vec<SealedFile>) -> &'static Schema {
    let field = |source: &&'static str| {
        let assignments = leak_list([chain(AssignmentKey::All, leak_list([*source]))]);
        value(
            source,
            FieldSpec {
                secrecy: Secrecy::Yes,
                assignments,
                ..STRING
            },
        )
    };
    let fields = leak_list(sources.iter().map(field));
    leak(Schema {
        app,
        fields,
        sealed: leak_list(sealed),
        ..CONFIG
    })
}

fn plan(schema: &'static Schema, stage: &str) -> Plan {
    Plan::new(schema, Stage::choose(schema, stage).unwrap(), |_| false).unwrap()
}

fn expect_found(outcome: &Outcome) -> &[u8] {
    match outcome {
        Outcome::Found(found) => match &*found.content {
            Stored::Text(text) => text.as_bytes(),
            Stored::Binary(bytes) => bytes,
            Stored::List(_) => panic!("a list"),
            Stored::ExistsOnly => panic!("no value"),
        },
        other => panic!("{other:?}"),
    }
}

fn expect_failed(outcome: &Outcome) -> (FailureKind, &str) {
    match outcome {
        Outcome::Failed(failed) => (failed.kind, &failed.detail),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_decrypt_opens_all_values_of_a_stage() {
    let repository = Repository::new();
    let values: [(_, &[u8]); 3] = [
        ("a", SECRET.as_bytes()),
        ("b", b"{\"x\":1}"),
        ("c", &[0xff, 0, 0xfe]),
    ];
    let files = repository.create_files("shop", "prod", &values).await;
    let plan = plan(
        schema(
            "shop",
            &["sealed:a", "sealed:b", "sealed:b#x", "sealed:c"],
            files,
        ),
        "prod",
    );
    let (outcomes, reports) = repository.load(&[plan]).await;
    for (name, plaintext) in values {
        assert_eq!(
            expect_found(&outcomes[&format!("sealed:{name}")]),
            plaintext
        );
    }
    assert!(
        matches!(&outcomes["sealed:c"], Outcome::Found(found) if matches!(*found.content, Stored::Binary(_)))
    );
    assert_eq!(repository.memory.decrypts(), 1);
    assert_eq!(
        reports,
        [(
            vec!["sealed:a".into(), "sealed:b".into(), "sealed:c".into()],
            0
        )]
    );
}

#[tokio::test]
async fn a_source_with_a_stage_uses_the_key_of_that_stage() {
    let repository = Repository::new();
    let mut files = repository
        .create_files("shop", "prod", &[("a", b"1"), ("b", b"2")])
        .await;
    files.extend(repository.create_files("shop", "dev", &[("a", b"3")]).await);
    let schema = schema(
        "shop",
        &["sealed:a", "sealed:prod/b", "sealed:dev/a"],
        files,
    );
    let (outcomes, _) = repository.load(&[plan(schema, "prod")]).await;
    let texts: Vec<_> = outcomes.values().map(expect_found).collect();
    assert_eq!(texts, [b"1", b"3", b"2"]);
    assert_eq!(repository.memory.decrypts(), 2);
}

/// A file whose name or stage was changed does not open. The other files open.
#[tokio::test]
async fn a_moved_file_fails_alone() {
    let repository = Repository::new();
    let mut files = repository
        .create_files(
            "shop",
            "prod",
            &[("a", b"1"), ("b", SECRET.as_bytes()), ("c", b"3")],
        )
        .await;
    let other = repository.create_files("shop", "dev", &[("c", b"3")]).await;
    files[1].text = files[2].text;
    files[3].text = other[1].text;
    let (outcomes, _) = repository
        .load(&[plan(
            schema("shop", &["sealed:a", "sealed:b", "sealed:c"], files),
            "prod",
        )])
        .await;
    assert_eq!(expect_found(&outcomes["sealed:b"]), SECRET.as_bytes());
    let (kind, detail) = expect_failed(&outcomes["sealed:a"]);
    assert_eq!(kind, FailureKind::DecryptionFailed);
    assert_eq!(detail, "sealed/prod/a: it was sealed under the name `b`");
    let (kind, detail) = expect_failed(&outcomes["sealed:c"]);
    assert_eq!(kind, FailureKind::DecryptionFailed);
    assert_eq!(
        detail,
        "sealed/prod/c: it belongs to the stage `dev`, not to `prod`"
    );
}

/// A key pair of another app or stage is refused without a call to KMS, although KMS would unwrap
/// it.
#[tokio::test]
async fn a_key_of_another_app_or_stage_is_never_unlocked() {
    let repository = Repository::new();
    for (app, stage) in [("orders", "prod"), ("shop", "dev")] {
        let mut files = repository.create_files(app, stage, &[("a", b"1")]).await;
        files.iter_mut().for_each(|file| file.stage = "prod");
        let (outcomes, _) = repository
            .load(&[plan(schema("shop", &["sealed:a"], files), "prod")])
            .await;
        let (kind, detail) = expect_failed(&outcomes["sealed:a"]);
        assert_eq!(kind, FailureKind::DecryptionFailed);
        assert!(
            detail.starts_with("sealed/prod/stage.key: it belongs to the "),
            "{detail}"
        );
    }
    assert_eq!(repository.memory.decrypts(), 0);
}

/// After one failed `Decrypt` call, the outcome of every value of the stage is denied or failed.
#[tokio::test]
async fn a_permanent_error_is_not_retried() {
    for (code, kind) in [
        ("AccessDeniedException", None),
        ("DisabledException", Some(FailureKind::KeyUnusable)),
    ] {
        let repository = Repository::new();
        let files = repository
            .create_files("shop", "prod", &[("a", b"1"), ("b", b"2")])
            .await;
        repository.memory.fail_once(code, 400);
        let (outcomes, reports) = repository
            .load(&[plan(
                schema("shop", &["sealed:a", "sealed:b"], files),
                "prod",
            )])
            .await;
        for outcome in outcomes.values() {
            match kind {
                None => assert!(matches!(outcome, Outcome::Denied(_))),
                Some(kind) => assert_eq!(expect_failed(outcome).0, kind),
            }
        }
        assert_eq!((repository.memory.decrypts(), reports.len()), (1, 1));
    }
}

#[tokio::test]
async fn transient_errors_are_retried() {
    let repository = Repository::new();
    let files = repository
        .create_files("shop", "prod", &[("a", b"1"), ("b", b"2")])
        .await;
    repository.memory.fail_once("ThrottlingException", 400);
    repository.memory.fail_once("KMSInternalException", 500);
    let (outcomes, reports) = repository
        .load(&[plan(
            schema("shop", &["sealed:a", "sealed:b"], files),
            "prod",
        )])
        .await;
    assert_eq!(
        outcomes.values().map(expect_found).collect::<Vec<_>>(),
        [b"1", b"2"]
    );
    assert_eq!(reports, [(vec!["sealed:a".into(), "sealed:b".into()], 2)]);
    assert_eq!(repository.memory.decrypts(), 3);
}

#[tokio::test]
async fn a_file_that_is_not_embedded_is_an_error() {
    let repository = Repository::new();
    let mut files = repository
        .create_files("shop", "prod", &[("a", b"1")])
        .await;
    files.remove(0);
    let (outcomes, _) = repository
        .load(&[plan(
            schema("shop", &["sealed:a", "sealed:b"], files),
            "prod",
        )])
        .await;
    let (kind, detail) = expect_failed(&outcomes["sealed:a"]);
    assert_eq!(
        (kind, detail),
        (
            FailureKind::InvalidRequest,
            "sealed/prod/stage.key is not embedded in the program"
        )
    );
    assert_eq!(
        expect_failed(&outcomes["sealed:b"]).0,
        FailureKind::InvalidRequest
    );
}

#[tokio::test]
async fn one_file_name_in_two_apps_is_an_error() {
    let repository = Repository::new();
    let shop = repository
        .create_files("shop", "prod", &[("a", b"1")])
        .await;
    let mail = repository
        .create_files("mail", "prod", &[("a", b"2"), ("b", b"3")])
        .await;
    let shop = schema("shop", &["sealed:a"], shop);
    let clash = repository.new_store(&[
        plan(shop, "prod"),
        plan(schema("mail", &["sealed:a"], mail.clone()), "prod"),
    ]);
    assert!(
        clash
            .err()
            .unwrap()
            .detail
            .starts_with("the apps `shop` and `mail` both have a file sealed/prod/a, ")
    );
    // Different names in two apps are allowed: each app has its own key.
    let plans = [
        plan(shop, "prod"),
        plan(schema("mail", &["sealed:b"], mail), "prod"),
    ];
    let (outcomes, _) = repository.load(&plans).await;
    assert_eq!(
        outcomes.values().map(expect_found).collect::<Vec<_>>(),
        [b"1", b"3"]
    );
    assert_eq!(repository.memory.decrypts(), 2);
}

#[tokio::test]
async fn one_source_in_two_stages_is_an_error() {
    let repository = Repository::new();
    let mut files = repository
        .create_files("shop", "prod", &[("a", b"1")])
        .await;
    files.extend(repository.create_files("shop", "dev", &[("a", b"2")]).await);
    let schema = schema("shop", &["sealed:a"], files);
    let clash = repository
        .new_store(&[plan(schema, "prod"), plan(schema, "dev")])
        .err()
        .unwrap();
    assert!(
        clash.detail.contains("in the stages `prod` and `dev`"),
        "{clash}"
    );
}

#[tokio::test]
async fn no_outcome_shows_a_secret() {
    let repository = Repository::new();
    let mut files = repository
        .create_files(
            "shop",
            "prod",
            &[("a", SECRET.as_bytes()), ("b", SECRET.as_bytes())],
        )
        .await;
    files[2].text = files[1].text;
    let schema = schema("shop", &["sealed:a", "sealed:b"], files);
    let (outcomes, reports) = repository.load(&[plan(schema, "prod")]).await;
    let output = format!("{outcomes:?} {reports:?} {schema:?}");
    assert!(
        !output.contains(SECRET) && !output.contains("BEGIN"),
        "{output}"
    );
}
