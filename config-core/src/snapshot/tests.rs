//! Tests of when a load uses a snapshot, when it does not, and what it reports. Time is paused, so
//! no test waits.

mod contents;
mod turn;
mod useless;

use super::*;
use crate::{
    failure::FailureKind::{Denied, Missing, Throttled, Undecodable},
    fetch::Stores,
    layers::Layer,
    outcome::{Denied as Refused, Failed, Found},
    overrides::EnvOverrides,
    plan::{Plan, group_calls},
    report::{CallReport, SnapshotReport},
    resolve::{FieldOutcome, Layers, ResolvedFields},
    schema::{
        AssignmentKey, Field, FieldSpec, Schema, Secrecy, SnapshotFile, SnapshotSpec,
        samples::{self, CONFIG, STRING, chain, leak, leak_list, leak_text},
    },
    sealed::{KeyRing, KmsClient, SealedSnapshot, StageKey, tests::memory::MemoryKms},
    stage::Stage,
    store::{FetchFuture, Store, environment::Environment, sealed::KmsProvider},
};
use std::sync::Mutex;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const SECRET: &str = "planted-secret-77b1";
/// The time at which the snapshots of these tests were written.
const CREATED: u64 = 1_700_000_000;
const DAY: u64 = 24 * 60 * 60;

/// A KMS, a key pair, and the content of a snapshot.
struct Setup {
    memory: Arc<MemoryKms>,
    kms: KmsClient,
    key: StageKey,
}

impl Setup {
    async fn new() -> Self {
        let memory = Arc::<MemoryKms>::default();
        let kms = KmsClient::in_memory(memory.clone());
        let key = StageKey::create(&kms, KEY, "shop", "prod").await.unwrap();
        Self { memory, kms, key }
    }

    /// Returns a snapshot of these addresses. Each value is the secret followed by the address.
    fn snapshot(&self, addresses: &[&str]) -> String {
        self.holding(addresses.iter().map(|address| (*address, found(address))).collect())
    }

    fn holding(&self, answers: Vec<(&str, Outcome)>) -> String {
        let answers: Vec<(String, Outcome)> =
            answers.into_iter().map(|(one, outcome)| (one.to_owned(), outcome)).collect();
        let plaintext = content::write(answers.iter().map(|(one, outcome)| (one.clone(), outcome))).unwrap();
        self.key.seal_snapshot("shop::Config", CREATED, &plaintext).unwrap().to_string()
    }

    fn file(&self, snapshot: String) -> SnapshotFile {
        SnapshotFile { stage: "prod", key: Some(leak_text(self.key.to_string())), text: leak_text(snapshot) }
    }
}

fn found(name: &str) -> Outcome {
    Outcome::Found(Found::from_text(format!("{SECRET} of {name}")).with_version(3))
}

fn value(source: &'static str, refresh_ms: Option<u64>) -> Field {
    let assignments = leak_list([chain(AssignmentKey::All, leak_list([source]))]);
    samples::value(source, FieldSpec { secrecy: Secrecy::Yes, refresh_ms, assignments, ..STRING })
}

fn schema(fields: Vec<Field>, file: SnapshotFile) -> Schema {
    let snapshot = SnapshotSpec {
        path: "sealed/{stage}.snapshot",
        max_age_ms: Some(7 * DAY * 1000),
        refreshed: false,
        files: leak_list([file]),
    };
    Schema { fields: leak_list(fields), snapshot: Some(snapshot), ..CONFIG }
}

/// Requires every field to be a text.
fn judge(_: &Plan, slots: &ResolvedFields) -> Vec<FailureKind> {
    let failure = |resolved: &FieldOutcome| match resolved {
        FieldOutcome::Found { found, .. } => (found.content.text_or_empty() == "undecodable").then_some(Undecodable),
        FieldOutcome::Missing(_) => Some(Missing),
        FieldOutcome::Failed(failure) => Some(failure.kind()),
    };
    slots.values().filter_map(|slot| failure(&slot.outcome)).collect()
}

fn prepared(schema: Schema, stage: &str) -> LoadPlan {
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
    LoadPlan { plan, layers, decode_check: judge }
}

/// Answers according to a script, which gets the elapsed time.
struct Scripted<F> {
    script: F,
    start: Instant,
    asked: Mutex<Vec<String>>,
}

impl<F: Fn(&str, Duration) -> Outcome + Send + Sync> Store for Scripted<F> {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        let names: Vec<String> = requests.iter().map(Request::to_string).collect();
        let outcomes = names.iter().map(|name| (self.script)(name, self.start.elapsed())).collect();
        self.asked.lock().unwrap().extend(names);
        Box::pin(std::future::ready(outcomes))
    }
}

struct Ran {
    all: Vec<Arc<WaveResult>>,
    took: Duration,
    asked: Vec<String>,
}

impl Ran {
    fn report(&self) -> &SnapshotReport {
        self.all[0].snapshot.as_ref().expect("there is a report")
    }

    fn calls(&self) -> Vec<&CallReport> {
        self.all[0].calls.iter().filter(|call| call.scheme == "snapshot").collect()
    }

    /// Returns where the answer for an address came from: `snapshot`, `store`, or the kind of
    /// failure.
    fn origin(&self, address: &str) -> String {
        let outcome = self.all[0].outcomes.iter().find(|(request, _)| request.to_string() == address);
        match outcome.expect("it was asked for").1 {
            Outcome::Found(found) if found.from_snapshot => "snapshot".to_owned(),
            Outcome::Found(_) => "store".to_owned(),
            Outcome::Missing => "missing".to_owned(),
            Outcome::Denied(_) => "denied".to_owned(),
            Outcome::Failed(failed) => failed.kind.to_string(),
        }
    }
}

async fn run_all(
    setup: &Setup,
    prepared: Vec<LoadPlan>,
    options: SnapshotOptions,
    now: u64,
    script: impl Fn(&str, Duration) -> Outcome + Send + Sync + 'static,
) -> Ran {
    run_within(Duration::from_secs(8), setup, prepared, options, now, script).await
}

async fn run_within(
    deadline: Duration,
    setup: &Setup,
    prepared: Vec<LoadPlan>,
    options: SnapshotOptions,
    now: u64,
    script: impl Fn(&str, Duration) -> Outcome + Send + Sync + 'static,
) -> Ran {
    let start = Instant::now();
    let store = Arc::new(Scripted { script, start, asked: Mutex::default() });
    let shared: Arc<dyn Store> = store.clone();
    let stores = ["ssm", "secret", "vault"].map(|scheme| (scheme.to_owned(), shared.clone()));
    let wave = Wave {
        calls: group_calls(prepared.iter().map(|one| &one.plan)),
        stores: Stores::from(stores),
        kms: KmsProvider::Fixed(setup.kms.clone()),
        keys: Arc::<KeyRing>::default(),
    };
    let until = TimeBudget::from_deadline(start + deadline);
    let all = fetch_at(now, &wave, &prepared, options, start, until).await;
    let asked = store.asked.lock().unwrap().clone();
    Ran { all, took: start.elapsed(), asked }
}

async fn run(setup: &Setup, schema: Schema, script: impl Fn(&str, Duration) -> Outcome + Send + Sync + 'static) -> Ran {
    run_all(setup, vec![prepared(schema, "prod")], SnapshotOptions::default(), CREATED + DAY, script).await
}

fn throttled() -> Outcome {
    Outcome::Failed(Failed::new(Throttled, "slow down"))
}

fn two() -> Vec<Field> {
    vec![value("/a", None), value("secret:b", None)]
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_starts_from_the_snapshot_after_half_the_deadline() {
    let setup = Setup::new().await;
    let schema = schema(two(), setup.file(setup.snapshot(&["/a", "secret:b"])));
    let ran = run(&setup, schema, |name, _| if name == "/a" { throttled() } else { found(name) }).await;
    // This includes what a store had already answered, because all values must be of one time.
    assert_eq!((ran.origin("/a"), ran.origin("secret:b")), ("snapshot".into(), "snapshot".into()));
    assert_eq!((setup.memory.decrypts(), ran.calls().len()), (1, 1));
    assert!(ran.took >= Duration::from_secs(2) && ran.took <= Duration::from_secs(4), "{:?}", ran.took);
    let report = ran.report();
    assert_eq!(
        (report.state, report.age, report.created),
        (SnapshotState::Used, Some(Duration::from_secs(DAY)), Some(CREATED))
    );
    assert_eq!(report.to_string(), "STARTED FROM THE SNAPSHOT sealed/prod.snapshot, 1 day old (1 field throttled)");
    assert_eq!(ran.all[0].from_snapshot.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_turn_is_an_option() {
    let setup = Setup::new().await;
    let schema = schema(two(), setup.file(setup.snapshot(&["/a", "secret:b"])));
    let options = SnapshotOptions { after: Some(Duration::from_millis(200)), first: false };
    let ran = run_all(&setup, vec![prepared(schema, "prod")], options, CREATED, |_, _| throttled()).await;
    assert!(ran.report().is_used() && ran.took <= Duration::from_millis(200), "{:?}", ran.took);
}

/// An untrusted certificate: the store cannot be reached, and no retry helps.
#[tokio::test(start_paused = true)]
async fn what_is_not_worth_another_try_starts_from_it_at_once() {
    let setup = Setup::new().await;
    let schema = schema(two(), setup.file(setup.snapshot(&["/a", "secret:b"])));
    let unreachable = || Outcome::Failed(Failed::new(FailureKind::Unavailable, "no").permanent());
    let ran = run(&setup, schema, move |_, _| unreachable()).await;
    assert!(ran.report().is_used() && ran.took < Duration::from_secs(1), "{:?}", ran.took);
}

#[tokio::test(start_paused = true)]
async fn a_load_that_goes_well_asks_for_no_snapshot() {
    let setup = Setup::new().await;
    let schema = schema(two(), setup.file(setup.snapshot(&["/a", "secret:b"])));
    // The first answer is delayed.
    let ran =
        run(&setup, schema, |name, passed| if passed < Duration::from_millis(100) { throttled() } else { found(name) })
            .await;
    assert_eq!((setup.memory.decrypts(), ran.all[0].snapshot.is_none()), (0, true));
    assert!(ran.all[0].from_snapshot.is_empty());
}

/// Old values do not hide a permanent mistake.
#[tokio::test(start_paused = true)]
async fn denied_missing_and_undecodable_never_start_from_it_not_even_beside_what_is_throttled() {
    let setup = Setup::new().await;
    let file = setup.file(setup.snapshot(&["/a", "secret:b"]));
    for (outcome, kind) in [
        (Outcome::Denied(Refused::new("no")), "denied"),
        (Outcome::Missing, "missing"),
        (Outcome::Found(Found::from_text("undecodable")), "store"),
    ] {
        for other in [found("secret:b"), throttled()] {
            let (outcome, other) = (outcome.clone(), other.clone());
            let script = move |name: &str, _| if name == "/a" { outcome.clone() } else { other.clone() };
            let ran = run(&setup, schema(two(), file), script).await;
            assert_eq!(ran.origin("/a"), kind);
            assert!(ran.all[0].snapshot.is_none(), "{kind}");
        }
    }
    assert_eq!(setup.memory.decrypts(), 0);
    assert!(Throttled.is_transient() && !Denied.is_transient());
}

#[tokio::test(start_paused = true)]
async fn what_is_refreshed_and_what_a_program_keeps_itself_is_asked_for_to_the_end() {
    let setup = Setup::new().await;
    let fields = || vec![value("/a", None), value("/fresh", Some(60_000)), value("vault:own", None)];
    // An address that any field with `refresh` reads is fresh for all fields.
    let file = setup.file(setup.snapshot(&["/a", "/fresh", "vault:own"]));
    let late = |name: &str, passed: Duration| match name {
        "/fresh" | "vault:own" if passed > Duration::from_secs(5) => found(name),
        _ => throttled(),
    };
    let ran = run(&setup, schema(fields(), file), late).await;
    assert_eq!(["/a", "/fresh", "vault:own"].map(|one| ran.origin(one)), ["snapshot", "store", "store"]);
    assert!(ran.report().is_used() && ran.took > Duration::from_secs(5));
    assert_eq!(setup.memory.decrypts(), 1);

    let ran = run(&setup, schema(fields(), file), |_, _| throttled()).await;
    assert_eq!(["/a", "/fresh"].map(|one| ran.origin(one)), ["snapshot", "throttled"]);
    assert!(ran.took > Duration::from_secs(5), "{:?}", ran.took);

    let mut taken = schema(fields(), file);
    taken.snapshot = taken.snapshot.map(|snapshot| SnapshotSpec { refreshed: true, ..snapshot });
    let script = |name: &str, _| if name == "vault:own" { found(name) } else { throttled() };
    let ran = run(&setup, taken, script).await;
    assert_eq!(["/a", "/fresh", "vault:own"].map(|one| ran.origin(one)), ["snapshot", "snapshot", "store"]);
}

#[tokio::test(start_paused = true)]
async fn one_call_to_kms_and_no_other_if_the_program_wishes_so() {
    let setup = Setup::new().await;
    let options = SnapshotOptions { after: None, first: true };
    let schema = |file| schema(two(), file);
    let file = setup.file(setup.snapshot(&["/a", "secret:b"]));
    let ran = run_all(&setup, vec![prepared(schema(file), "prod")], options, CREATED, |name, _| found(name)).await;
    assert_eq!((setup.memory.decrypts(), ran.asked.len(), ran.origin("/a")), (1, 0, "snapshot".to_owned()));
    assert_eq!(ran.report().reason, "`snapshot_first`");
    // An unusable snapshot causes only a warning.
    let short = setup.file(setup.snapshot(&["/a"]));
    let ran = run_all(&setup, vec![prepared(schema(short), "prod")], options, CREATED, |name, _| found(name)).await;
    assert_eq!((ran.asked, ran.all[0].from_snapshot.len()), (vec!["secret:b".to_owned(), "/a".to_owned()], 0));
    assert_eq!(ran.all[0].snapshot.as_ref().map(|report| report.state), Some(SnapshotState::OtherSchema));
}

#[tokio::test(start_paused = true)]
async fn an_undeclared_stage_and_one_without_a_file_have_none() {
    let setup = Setup::new().await;
    let file = setup.file(setup.snapshot(&["/a", "secret:b"]));
    for stage in ["qa1", "dev"] {
        let one = vec![prepared(schema(two(), file), stage)];
        let ran = run_all(&setup, one, SnapshotOptions::default(), CREATED, |_, _| throttled()).await;
        assert!(ran.all[0].snapshot.is_none() && ran.took > Duration::from_secs(5), "{stage}");
    }
}

/// Several configurations of one load each use their own snapshot. No snapshot is used if another
/// configuration cannot be loaded anyway.
#[tokio::test(start_paused = true)]
async fn together_each_takes_its_own() {
    let setup = Setup::new().await;
    let one = || prepared(schema(vec![value("/a", None)], setup.file(setup.snapshot(&["/a"]))), "prod");
    let other = |address| prepared(schema(vec![value(address, None)], setup.file(setup.snapshot(&[]))), "prod");
    let script = |name: &str, _| match name {
        "/a" => throttled(),
        "/none" => Outcome::Missing,
        _ => found(name),
    };
    let both = vec![one(), other("/b")];
    let ran = run_all(&setup, both, SnapshotOptions::default(), CREATED, script).await;
    assert!(ran.all[0].snapshot.as_ref().is_some_and(SnapshotReport::is_used) && ran.all[1].snapshot.is_none());
    let both = vec![one(), other("/none")];
    let ran = run_all(&setup, both, SnapshotOptions::default(), CREATED, script).await;
    assert!(ran.all.iter().all(|one| one.snapshot.is_none()));
    assert_eq!(setup.memory.decrypts(), 1);
}

/// No printable text contains a part of a value.
#[tokio::test(start_paused = true)]
async fn nothing_shows_a_value() {
    let setup = Setup::new().await;
    let snapshot = setup.snapshot(&["/a", "secret:b"]);
    let sealed = SealedSnapshot::parse(&snapshot).unwrap();
    let ran = run(&setup, schema(two(), setup.file(snapshot.clone())), |_, _| throttled()).await;
    let fetched = &ran.all[0];
    let shown = format!("{sealed:?} {:?} {:?} {:?}", fetched.outcomes, fetched.calls, fetched.snapshot);
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, SECRET);
    for planted in [SECRET, base64.trim_end_matches('=')] {
        assert!(!shown.contains(planted) && !snapshot.contains(planted), "{shown}");
    }
}
