//! The attempts of one call: the first one, and the retries of requests with a transient failure.

use super::{
    TimeBudget,
    attempt_count::append_attempt_count,
    is_throttled,
    queue::{QueueTurn, ThrottleQueue},
};
use crate::{
    backoff::CALL_BACKOFF,
    failure::FailureKind,
    outcome::{Failed, Outcome, Request},
    store::Store,
};
use tokio::time::{Instant, sleep, timeout_at};

/// The result of the attempts of a call.
pub(super) struct Attempts {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) retries: u32,
    /// The number of attempts that the store throttled.
    pub(super) throttles: u32,
}

impl Attempts {
    /// Sends requests until no failure is transient, or until no time is left for a retry. A retry
    /// includes only requests with a transient failure.
    pub(super) async fn run(
        store: &dyn Store,
        requests: &[Request],
        queue: &ThrottleQueue,
        budget: TimeBudget,
    ) -> Self {
        let outcomes = run_attempt(store, requests, budget).await;
        let mut attempts = Self {
            throttles: u32::from(outcomes.iter().any(is_throttled)),
            outcomes,
            retries: 0,
        };
        let mut turn: Option<QueueTurn<'_>> = None;
        loop {
            let retryable = attempts.find_retryable();
            if retryable.is_empty() {
                if attempts.outcomes.iter().any(Outcome::is_found_or_missing) {
                    queue.record_progress();
                }
                if let Some(turn) = turn {
                    turn.reset_throttles();
                }
                return attempts;
            }

            let was_throttled = |index: &usize| is_throttled(&attempts.outcomes[*index]);
            turn = match turn {
                _ if !retryable.iter().any(was_throttled) => None,
                Some(turn) => Some(turn.record_throttle()),
                None => timeout_at(budget.fetch_deadline, queue.wait_turn())
                    .await
                    .ok(),
            };
            let pause = turn.as_ref().map_or_else(
                || CALL_BACKOFF.draw(attempts.retries),
                QueueTurn::next_backoff,
            );
            if Instant::now() + pause >= budget.fetch_deadline {
                append_attempt_count(&mut attempts.outcomes, attempts.retries);
                return attempts;
            }

            sleep(pause).await;
            attempts.retry(store, requests, &retryable, budget).await;
        }
    }

    /// Returns the indexes of the requests with a transient failure.
    fn find_retryable(&self) -> Vec<usize> {
        let indexes = 0..self.outcomes.len();
        indexes
            .filter(|&index| self.outcomes[index].is_transient())
            .collect()
    }

    /// Sends the requests at these indexes again.
    async fn retry(
        &mut self,
        store: &dyn Store,
        requests: &[Request],
        indexes: &[usize],
        budget: TimeBudget,
    ) {
        let retried = indexes.iter().map(|&index| requests[index].clone());
        let retried: Vec<Request> = retried.collect();
        let answers = run_attempt(store, &retried, budget).await;
        let is_past_deadline = Instant::now() >= budget.fetch_deadline;

        self.retries += 1;
        self.throttles += u32::from(answers.iter().any(is_throttled));
        for (&index, answer) in indexes.iter().zip(answers) {
            replace_outcome(&mut self.outcomes[index], answer, is_past_deadline);
        }
    }
}

/// Replaces the outcome of an earlier attempt. If the deadline ended the new attempt, the earlier
/// outcome stays, because it is more specific.
fn replace_outcome(outcome: &mut Outcome, answer: Outcome, is_past_deadline: bool) {
    let has_timed_out =
        matches!(&answer, Outcome::Failed(failed) if failed.kind == FailureKind::TimedOut);
    if !(is_past_deadline && has_timed_out) {
        *outcome = answer;
    }
}

async fn run_attempt(store: &dyn Store, requests: &[Request], budget: TimeBudget) -> Vec<Outcome> {
    let deadline = (Instant::now() + budget.attempt_timeout).min(budget.fetch_deadline);
    match timeout_at(deadline, store.fetch(requests)).await {
        Err(_) => fail_all(requests, &Failed::new(FailureKind::TimedOut, "no answer")),
        Ok(outcomes) if outcomes.len() == requests.len() => outcomes,
        Ok(outcomes) => {
            let detail = format!(
                "the store returned the wrong number of outcomes: {} instead of {}",
                outcomes.len(),
                requests.len()
            );
            let failed = Failed::new(FailureKind::InvalidAnswer, detail).with_help(
                "correct the code of the program's store: `Store::fetch` returns one outcome for \
                 each request, in the same order",
            );
            fail_all(requests, &failed)
        }
    }
}

/// Returns one outcome for each request: this failure.
pub(super) fn fail_all(requests: &[Request], failed: &Failed) -> Vec<Outcome> {
    vec![Outcome::Failed(failed.clone()); requests.len()]
}
