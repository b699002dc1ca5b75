//! Support for the tests: a KMS in memory, scripted stores, and the results of a load.

use super::*;
use crate::{
    fetch::Stores,
    layers::Layer,
    overrides::EnvOverrides,
    plan::{Plan, group_calls},
    report::CallReport,
    resolve::{FieldOutcome, Layers, ResolvedFields},
    schema::{
        AssignmentKey, FieldSpec, Secrecy, SnapshotFile,
        samples::{self, CONFIG, STRING, chain, leak, leak_list, leak_text},
    },
    sealed::{KeyRing, KmsClient, StageKey},
    stage::Stage,
    store::{FetchFuture, Store, environment::Environment, sealed::KmsProvider},
};
use std::sync::Mutex;

pub(super) const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
pub(super) const SECRET: &str = "planted-secret-77b1";
/// The time at which the snapshots of these tests were written.
pub(super) const CREATED: u64 = 1_700_000_000;
pub(super) const DAY: u64 = 24 * 60 * 60;

/// A KMS and the key pair of a stage.
pub(super) struct Setup {
    pub(super) memory: Arc<MemoryKms>,
    pub(super) kms: KmsClient,
    pub(super) key: StageKey,
}

impl Setup {
    pub(super) async fn new() -> Self {
        let memory = Arc::<MemoryKms>::default();
        let kms = KmsClient::in_memory(memory.clone());
        let key = StageKey::create(&kms, KEY, "shop", "prod").await.unwrap();
        Self { memory, kms, key }
    }

    /// Creates a snapshot of these addresses. Each value is the secret followed by the address.
    pub(super) fn create_snapshot(&self, addresses: &[&str]) -> String {
        self.create_snapshot_with(
            addresses
                .iter()
                .map(|address| (*address, found(address)))
                .collect(),
        )
    }

    /// Creates a snapshot with these outcomes.
    pub(super) fn create_snapshot_with(&self, answers: Vec<(&str, Outcome)>) -> String {
        let answers: Vec<(String, Outcome)> = answers
            .into_iter()
            .map(|(address, outcome)| (address.to_owned(), outcome))
            .collect();
        let plaintext = content::write(
            answers
                .iter()
                .map(|(address, outcome)| (address.clone(), outcome)),
        )
        .unwrap();
        self.key
            .seal_snapshot("shop::Config", CREATED, &plaintext)
            .unwrap()
            .to_string()
    }

    pub(super) fn file(&self, snapshot: String) -> SnapshotFile {
        SnapshotFile {
            stage: "prod",
            key: Some(leak_text(self.key.to_string())),
            text: leak_text(snapshot),
        }
    }
}

pub(super) fn found(name: &str) -> Outcome {
    Outcome::Found(Found::from_text(format!("{SECRET} of {name}")).with_version(3))
}

pub(super) fn value(source: &'static str, refresh_ms: Option<u64>) -> Field {
    let assignments = leak_list([chain(AssignmentKey::All, leak_list([source]))]);
    samples::value(
        source,
        FieldSpec {
            secrecy: Secrecy::Yes,
            refresh_ms,
            assignments,
            ..STRING
        },
    )
}

pub(super) fn schema(fields: Vec<Field>, file: SnapshotFile) -> Schema {
    let snapshot = SnapshotSpec {
        path: "sealed/{stage}.snapshot",
        max_age_ms: Some(7 * DAY * 1000),
        refreshed: false,
        files: leak_list([file]),
    };
    Schema {
        fields: leak_list(fields),
        snapshot: Some(snapshot),
        ..CONFIG
    }
}

/// Returns the kinds of the fields' failures. Every text decodes, except for `undecodable`.
fn check_decoding(_: &Plan, fields: &ResolvedFields) -> Vec<FailureKind> {
    let failure = |resolved: &FieldOutcome| match resolved {
        FieldOutcome::Found { found, .. } => {
            (found.content.text_or_empty() == "undecodable").then_some(Undecodable)
        }
        FieldOutcome::Missing(_) => Some(Missing),
        FieldOutcome::Failed(failure) => Some(failure.kind()),
    };
    fields
        .values()
        .filter_map(|field| failure(&field.outcome))
        .collect()
}

pub(super) fn new_load_plan(schema: Schema, stage: &str) -> LoadPlan {
    let schema = leak(schema);
    let none = || Layer::default().select(stage, schema, "none").unwrap();
    let plan = Plan::new(schema, Stage::choose(schema, stage).unwrap(), |_| false).unwrap();
    let layers = Layers {
        overrides: none(),
        local: None,
        defaults: none(),
        env_overrides: EnvOverrides::default(),
        environment: Environment::Process,
    };
    LoadPlan {
        is_before_restore: false,
        writes_metrics: false,
        plan,
        layers,
        decode_check: check_decoding,
    }
}

/// A store that answers according to a script. The script gets the address and the elapsed time.
struct Scripted<F> {
    script: F,
    start: Instant,
    requested: Mutex<Vec<String>>,
}

impl<F: Fn(&str, Duration) -> Outcome + Send + Sync> Store for Scripted<F> {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        let names: Vec<String> = requests.iter().map(Request::to_string).collect();
        let outcomes = names
            .iter()
            .map(|name| (self.script)(name, self.start.elapsed()))
            .collect();
        self.requested.lock().unwrap().extend(names);
        Box::pin(std::future::ready(outcomes))
    }
}

/// The results of a load.
pub(super) struct FinishedLoad {
    /// The result of each configuration.
    pub(super) results: Vec<Arc<WaveResult>>,
    pub(super) elapsed: Duration,
    /// The addresses that the load requested from the stores.
    pub(super) requested: Vec<String>,
}

impl FinishedLoad {
    pub(super) fn report(&self) -> &SnapshotReport {
        self.results[0]
            .snapshot
            .as_ref()
            .expect("the load has a snapshot report")
    }

    pub(super) fn snapshot_calls(&self) -> Vec<&CallReport> {
        self.results[0]
            .calls
            .iter()
            .filter(|call| call.scheme == "snapshot")
            .collect()
    }

    /// Returns the origin of an address: `snapshot`, `store`, or the kind of its failure.
    pub(super) fn origin(&self, address: &str) -> String {
        let outcome = self.results[0]
            .outcomes
            .iter()
            .find(|(request, _)| request.to_string() == address);
        match outcome.expect("the load needs this address").1 {
            Outcome::Found(found) if found.from_snapshot => "snapshot".to_owned(),
            Outcome::Found(_) => "store".to_owned(),
            Outcome::Missing => "missing".to_owned(),
            Outcome::Denied(_) => "denied".to_owned(),
            Outcome::Failed(failed) => failed.kind.to_string(),
        }
    }
}

pub(super) async fn run_all(
    setup: &Setup,
    plans: Vec<LoadPlan>,
    options: SnapshotOptions,
    now: u64,
    script: impl Fn(&str, Duration) -> Outcome + Send + Sync + 'static,
) -> FinishedLoad {
    run_within(Duration::from_secs(8), setup, plans, options, now, script).await
}

pub(super) async fn run_within(
    timeout: Duration,
    setup: &Setup,
    plans: Vec<LoadPlan>,
    options: SnapshotOptions,
    now: u64,
    script: impl Fn(&str, Duration) -> Outcome + Send + Sync + 'static,
) -> FinishedLoad {
    let start = Instant::now();
    let store = Arc::new(Scripted {
        script,
        start,
        requested: Mutex::default(),
    });
    let shared: Arc<dyn Store> = store.clone();
    let stores = ["ssm", "secret", "vault"].map(|scheme| (scheme.to_owned(), shared.clone()));
    let wave = Wave {
        calls: group_calls(plans.iter().map(|plan| &plan.plan)),
        stores: Stores::from(stores),
        kms: KmsProvider::Fixed(setup.kms.clone()),
        keys: Arc::<KeyRing>::default(),
    };
    let budget = TimeBudget::new(start, timeout);
    let results = fetch_at(now, &wave, &plans, options, start, budget).await;
    let requested = store.requested.lock().unwrap().clone();
    FinishedLoad {
        results,
        elapsed: start.elapsed(),
        requested,
    }
}

pub(super) async fn run(
    setup: &Setup,
    schema: Schema,
    script: impl Fn(&str, Duration) -> Outcome + Send + Sync + 'static,
) -> FinishedLoad {
    run_all(
        setup,
        vec![new_load_plan(schema, "prod")],
        SnapshotOptions::default(),
        CREATED + DAY,
        script,
    )
    .await
}

pub(super) fn throttled() -> Outcome {
    Outcome::Failed(Failed::new(Throttled, "slow down"))
}

/// Returns two fields: one reads a parameter, the other one a secret.
pub(super) fn two_fields() -> Vec<Field> {
    vec![value("/a", None), value("secret:b", None)]
}
