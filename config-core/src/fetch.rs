//! Sends the calls of a wave concurrently and retries them within the timeout. No task runs
//! afterwards.

use crate::{
    failure::FailureKind,
    outcome::{Failed, Outcome, Request},
    plan::Call,
    report::{CallReport, SnapshotReport},
    spans,
    store::Store,
};
#[cfg(feature = "manage")]
pub use attempt_count::trim_attempt_count;
use attempts::{Attempts, fail_all};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use queue::ThrottleQueue;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

/// The stores by scheme.
pub(crate) type Stores = BTreeMap<String, Arc<dyn Store>>;

/// The minimum timeout of an attempt. A function with little memory needs several hundred
/// milliseconds for a TLS handshake alone.
const MIN_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(500);

/// The result of a wave.
#[derive(Default, Clone)]
pub(crate) struct WaveResult {
    pub(crate) outcomes: HashMap<Request, Outcome>,
    pub(crate) calls: Vec<CallReport>,
    /// The report of the snapshot, if the load tried to use one.
    pub(crate) snapshot: Option<SnapshotReport>,
    /// The requests that the snapshot answered instead of a store.
    pub(crate) from_snapshot: HashSet<Request>,
}

impl WaveResult {
    /// Merges both results. The later one takes precedence.
    pub(crate) fn merge(mut self, later: Self) -> Self {
        self.outcomes.extend(later.outcomes);
        self.calls.extend(later.calls);
        self.from_snapshot.extend(later.from_snapshot);
        self.snapshot = later.snapshot.or(self.snapshot);
        self
    }

    /// Returns whether the load used the values of the snapshot.
    pub(crate) fn has_used_snapshot(&self) -> bool {
        let snapshot = self.snapshot.as_ref();
        snapshot.is_some_and(SnapshotReport::is_used)
    }
}

/// The time limits of a wave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeBudget {
    /// The start of the load or the refresh.
    pub(crate) start: Instant,
    /// The deadline for the credentials.
    pub(crate) prepare_deadline: Instant,
    /// The deadline for all requests.
    pub(crate) fetch_deadline: Instant,
    /// The timeout of a single attempt.
    pub(crate) attempt_timeout: Duration,
}

impl TimeBudget {
    /// Creates a budget with one deadline for the credentials and all requests.
    pub(crate) fn new(start: Instant, timeout: Duration) -> Self {
        let deadline = start + timeout;
        Self {
            start,
            prepare_deadline: deadline,
            fetch_deadline: deadline,
            attempt_timeout: compute_attempt_timeout(deadline),
        }
    }
}

/// Returns the timeout of a single attempt. It is a third of the remaining time, so that a hanging
/// connection leaves time for another attempt, but at least [`MIN_ATTEMPT_TIMEOUT`].
pub(crate) fn compute_attempt_timeout(deadline: Instant) -> Duration {
    (deadline.saturating_duration_since(Instant::now()) / 3).max(MIN_ATTEMPT_TIMEOUT)
}

/// Runs all calls concurrently. `stores` must contain the store of each call. Afterwards every
/// request of `calls` has an outcome.
///
/// The wave is a single future. If it is dropped or reaches the deadline, no task and no timer
/// remain that would still run when Lambda freezes the process.
pub(crate) async fn fetch(calls: Vec<Call>, stores: &Stores, budget: TimeBudget) -> WaveResult {
    let mut queues: BTreeMap<_, Arc<ThrottleQueue>> = BTreeMap::new();

    let calls = calls.into_iter().filter_map(|call| {
        let store = stores.get(&call.scheme)?;
        let queue = queues
            .entry((call.scheme.clone(), call.region.clone(), call.role.clone()))
            .or_default();
        Some(run_call(store.as_ref(), call, queue.clone(), budget))
    });
    join_all(calls)
        .await
        .into_iter()
        .fold(WaveResult::default(), WaveResult::merge)
}

/// Runs one call. If a single name may have made the whole batch fail, runs one call for each name.
fn run_call<'a>(
    store: &'a dyn Store,
    call: Call,
    queue: Arc<ThrottleQueue>,
    budget: TimeBudget,
) -> BoxFuture<'a, WaveResult> {
    async move {
        let (outcomes, report) = prepare_and_attempt(store, &call, &queue, budget).await;
        let calls = vec![report];

        if !(sends_batches(&call.scheme) && is_batch_rejected(&outcomes)) {
            let outcomes = call.requests.into_iter().zip(outcomes).collect();
            return WaveResult {
                outcomes,
                calls,
                ..WaveResult::default()
            };
        }

        let requests = call.requests;
        let singles = requests.into_iter().map(|request| {
            let call = Call {
                scheme: call.scheme.clone(),
                region: call.region.clone(),
                role: call.role.clone(),
                requests: vec![request],
            };
            run_call(store, call, queue.clone(), budget)
        });
        let batch = WaveResult {
            calls,
            ..WaveResult::default()
        };
        join_all(singles)
            .await
            .into_iter()
            .fold(batch, WaveResult::merge)
    }
    .boxed()
}

/// Prepares the store and runs the attempts of one call, in the span of the call.
async fn prepare_and_attempt(
    store: &dyn Store,
    call: &Call,
    queue: &ThrottleQueue,
    budget: TimeBudget,
) -> (Vec<Outcome>, CallReport) {
    let start = Instant::now();
    let operation = store.operation(&call.requests).to_owned();
    let (region, names) = (call.region.as_deref(), call.requests.len());
    let span = spans::new_call_span(&call.scheme, &operation, region, names);
    let attempts = async {
        match prepare(store, &call.requests, budget.prepare_deadline).await {
            Ok(()) => Attempts::run(store, &call.requests, queue, budget).await,
            Err(failed) => Attempts {
                outcomes: fail_all(&call.requests, &failed),
                retries: 0,
                throttles: 0,
            },
        }
    };
    let Attempts {
        outcomes,
        retries,
        throttles,
    } = attempts.instrument(span.clone()).await;
    spans::record_call(&span, retries, throttles, &outcomes);

    let report = CallReport {
        scheme: call.scheme.clone(),
        operation,
        region: call.region.clone(),
        names: call.requests.iter().map(Request::to_string).collect(),
        start: start - budget.start,
        elapsed: start.elapsed(),
        retries,
        throttles,
    };
    (outcomes, report)
}

/// Returns whether the store of this scheme can send all names of a call to AWS together, as a
/// batch. AWS may reject a batch as a whole. Every other store answers each address separately.
fn sends_batches(scheme: &str) -> bool {
    matches!(scheme, "ssm" | "secret")
}

/// Returns whether a whole batch failed for a reason that a single name may have caused.
fn is_batch_rejected(outcomes: &[Outcome]) -> bool {
    let may_depend_on_one_name = |outcome: &Outcome| match outcome {
        Outcome::Denied(denied) => !denied.is_assume_role_denied(),
        Outcome::Failed(failed) => matches!(
            failed.kind,
            FailureKind::InvalidRequest
                | FailureKind::DecryptionFailed
                | FailureKind::KeyUnusable
                | FailureKind::WrongKey
        ),
        Outcome::Found(_) | Outcome::Missing => false,
    };
    outcomes.len() > 1 && outcomes.iter().all(may_depend_on_one_name)
}

/// Prepares a store. This may take the whole time until the deadline, because loading credentials
/// may take longer than one attempt.
async fn prepare(store: &dyn Store, requests: &[Request], deadline: Instant) -> Result<(), Failed> {
    match timeout_at(deadline, store.prepare(requests)).await {
        Ok(result) => result,
        Err(_) => Err(Failed::new(
            FailureKind::Credentials,
            "not received before the timeout",
        )),
    }
}

pub(crate) fn is_throttled(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failed) if failed.kind == FailureKind::Throttled)
}

mod attempt_count;
mod attempts;
mod queue;
#[cfg(test)]
mod tests;
