//! The wave: every call at once, tried again within the deadline, and nothing left running behind it.

use crate::{
    backoff::CALL_BACKOFF,
    failure::FailureKind,
    outcome::{Failed, Outcome, Request},
    plan::Call,
    report::{CallReport, SnapshotReport},
    store::Store,
};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use queue::{QueueTurn, ThrottleQueue};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout_at};

/// The stores by their schemes.
pub(crate) type Stores = BTreeMap<String, Arc<dyn Store>>;

/// A function with little memory needs some hundred milliseconds for a TLS handshake alone.
const MIN_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(500);

/// The result of a wave.
#[derive(Default, Clone)]
pub(crate) struct WaveResult {
    pub(crate) outcomes: HashMap<Request, Outcome>,
    pub(crate) calls: Vec<CallReport>,
    /// What the snapshot did, if it was asked.
    pub(crate) snapshot: Option<SnapshotReport>,
    /// What the snapshot answered, and no store.
    pub(crate) from_snapshot: HashSet<Request>,
}

impl WaveResult {
    /// Both together. The later one wins.
    pub(crate) fn merge(mut self, later: Self) -> Self {
        self.outcomes.extend(later.outcomes);
        self.calls.extend(later.calls);
        self.from_snapshot.extend(later.from_snapshot);
        self.snapshot = later.snapshot.or(self.snapshot);
        self
    }
}

/// How long a wave goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeBudget {
    /// When credentials must be there.
    pub(crate) prepare_deadline: Instant,
    /// When nothing is asked any more. Not later.
    pub(crate) fetch_deadline: Instant,
    /// How long a single try may take.
    pub(crate) attempt_timeout: Duration,
}

impl TimeBudget {
    /// All of it by one deadline.
    pub(crate) fn from_deadline(deadline: Instant) -> Self {
        Self {
            prepare_deadline: deadline,
            fetch_deadline: deadline,
            attempt_timeout: compute_attempt_timeout(deadline),
        }
    }
}

/// How long a single try may take. A connection that hangs must leave time for another one; but a try that is slow is not cut short
/// where that leaves no time for a handshake.
pub(crate) fn compute_attempt_timeout(deadline: Instant) -> Duration {
    (deadline.saturating_duration_since(Instant::now()) / 3).max(MIN_ATTEMPT_TIMEOUT)
}

/// Makes all calls together. Every request of `calls` has an outcome afterwards.
///
/// All of it is one future: whoever drops it, or reaches the deadline, leaves no task and no timer behind, since Lambda
/// freezes the process afterwards.
pub(crate) async fn fetch(calls: Vec<Call>, stores: &Stores, until: TimeBudget) -> WaveResult {
    let mut queues: BTreeMap<_, Arc<ThrottleQueue>> = BTreeMap::new();
    let calls = calls.into_iter().filter_map(|call| {
        let store = stores.get(&call.scheme)?;
        let queue = queues.entry((call.scheme.clone(), call.region.clone())).or_default();
        Some(run_call(store.as_ref(), call, queue.clone(), until))
    });
    join_all(calls).await.into_iter().fold(WaveResult::default(), WaveResult::merge)
}

/// One call, and where a single name spoilt a batch, one call for each of its names.
fn run_call<'a>(
    store: &'a dyn Store,
    call: Call,
    queue: Arc<ThrottleQueue>,
    until: TimeBudget,
) -> BoxFuture<'a, WaveResult> {
    async move {
        let start = Instant::now();
        let (outcomes, retries) = match prepare(store, &call.requests, until.prepare_deadline).await {
            Ok(()) => run_attempts(store, &call.requests, &queue, until).await,
            Err(failed) => (fail_all(&call.requests, &failed), 0),
        };
        let calls = vec![CallReport {
            scheme: call.scheme.clone(),
            operation: store.operation(&call.requests).to_owned(),
            region: call.region.clone(),
            names: call.requests.iter().map(Request::to_string).collect(),
            elapsed: start.elapsed(),
            retries,
        }];
        if !(is_one_request(&call.scheme) && is_batch_rejected(&outcomes)) {
            let outcomes = call.requests.into_iter().zip(outcomes).collect();
            return WaveResult { outcomes, calls, ..WaveResult::default() };
        }
        let (scheme, region) = (&call.scheme, &call.region);
        let singles = call.requests.into_iter().map(|request| {
            let call = Call { scheme: scheme.clone(), region: region.clone(), requests: vec![request] };
            run_call(store, call, queue.clone(), until)
        });
        let batch = WaveResult { calls, ..WaveResult::default() };
        join_all(singles).await.into_iter().fold(batch, WaveResult::merge)
    }
    .boxed()
}

/// The services that take several names in one request, and answer it as a whole. Any other store has an answer of its own for
/// each of its addresses already.
fn is_one_request(scheme: &str) -> bool {
    matches!(scheme, "ssm" | "secret")
}

/// A batch that failed as a whole, for a reason that one of its names may have given: AWS refuses ten names for one.
fn is_batch_rejected(outcomes: &[Outcome]) -> bool {
    let blames_a_name = |outcome: &Outcome| match outcome {
        Outcome::Denied(_) => true,
        Outcome::Failed(failed) => matches!(
            failed.kind,
            FailureKind::InvalidRequest
                | FailureKind::DecryptionFailed
                | FailureKind::KeyUnusable
                | FailureKind::WrongKey
        ),
        Outcome::Found(_) | Outcome::Missing => false,
    };
    outcomes.len() > 1 && outcomes.iter().all(blames_a_name)
}

/// Credentials may take longer than a try should: they have the whole deadline.
async fn prepare(store: &dyn Store, requests: &[Request], deadline: Instant) -> Result<(), Failed> {
    match timeout_at(deadline, store.prepare(requests)).await {
        Ok(result) => result,
        Err(_) => Err(Failed::new(FailureKind::Credentials, "they did not come before the deadline")),
    }
}

/// Asks until no outcome is worth another try, or the deadline has no room for one. Only what failed is asked again.
async fn run_attempts(
    store: &dyn Store,
    requests: &[Request],
    queue: &ThrottleQueue,
    until: TimeBudget,
) -> (Vec<Outcome>, u32) {
    let TimeBudget { fetch_deadline: deadline, attempt_timeout: patience, .. } = until;
    let mut outcomes = run_attempt(store, requests, deadline.min(Instant::now() + patience)).await;
    let mut retries = 0;
    let mut turn: Option<QueueTurn<'_>> = None;
    loop {
        let again: Vec<usize> = (0..outcomes.len()).filter(|&index| outcomes[index].is_transient()).collect();
        if again.is_empty() {
            if outcomes.iter().any(Outcome::is_answer) {
                queue.record_progress();
            }
            if let Some(turn) = turn {
                turn.record_success();
            }
            return (outcomes, retries);
        }
        turn = match turn {
            _ if !again.iter().any(|&index| is_throttled(&outcomes[index])) => None,
            Some(turn) => Some(turn.record_refusal()),
            None => timeout_at(deadline, queue.wait_turn()).await.ok(),
        };
        let pause = turn.as_ref().map_or_else(|| CALL_BACKOFF.draw(retries), QueueTurn::next_backoff);
        if Instant::now() + pause >= deadline {
            return (append_attempt_count(outcomes, retries), retries);
        }
        sleep(pause).await;
        retries += 1;
        let asked: Vec<Request> = again.iter().map(|&index| requests[index].clone()).collect();
        let answers = run_attempt(store, &asked, deadline.min(Instant::now() + patience)).await;
        let cut_short = Instant::now() >= deadline;
        for (index, answer) in again.into_iter().zip(answers) {
            // A try that the deadline cut short says less than the one before it.
            let says_nothing = matches!(&answer, Outcome::Failed(failed) if failed.kind == FailureKind::TimedOut);
            if !(cut_short && says_nothing) {
                outcomes[index] = answer;
            }
        }
    }
}

async fn run_attempt(store: &dyn Store, requests: &[Request], until: Instant) -> Vec<Outcome> {
    match timeout_at(until, store.fetch(requests)).await {
        Err(_) => fail_all(requests, &Failed::new(FailureKind::TimedOut, "no answer")),
        Ok(outcomes) if outcomes.len() == requests.len() => outcomes,
        Ok(outcomes) => {
            let detail = format!("the store gave {} outcomes for {} requests", outcomes.len(), requests.len());
            fail_all(requests, &Failed::new(FailureKind::InvalidAnswer, detail))
        }
    }
}

fn fail_all(requests: &[Request], failed: &Failed) -> Vec<Outcome> {
    vec![Outcome::Failed(failed.clone()); requests.len()]
}

fn is_throttled(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failed) if failed.kind == FailureKind::Throttled)
}

/// Says how often it was tried.
fn append_attempt_count(mut outcomes: Vec<Outcome>, retries: u32) -> Vec<Outcome> {
    for outcome in &mut outcomes {
        if let Outcome::Failed(failed) = outcome
            && failed.transient
        {
            let times = if retries == 0 { "once".to_owned() } else { format!("{} times", retries + 1) };
            let colon = if failed.detail.is_empty() { "" } else { "; " };
            failed.detail = format!("{}{colon}asked {times} until the deadline", failed.detail);
        }
    }
    outcomes
}

mod queue;
#[cfg(test)]
mod tests;
