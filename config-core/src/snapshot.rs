//! A load that uses a snapshot if stores throttle its calls or cannot be reached.
//!
//! The load first runs its wave as usual, for a part of its timeout. If fields failed only because
//! stores throttled the calls, could not be reached, or did not answer completely, the load opens
//! the snapshot. It uses every value that the snapshot provides for the configuration, so that
//! these values are from the same time. Any other failure stays an error, because an old value must
//! not hide it. With [`SnapshotOptions::first`], the load opens the snapshot immediately, and asks
//! the stores only for the values that the snapshot does not provide.

pub(crate) mod candidate;
mod config_load;
pub(crate) mod content;
pub(crate) mod error;
#[cfg(test)]
mod tests;
mod usable;

use crate::{
    backends::Wave,
    failure::FailureKind,
    fetch::{TimeBudget, WaveResult},
    load_plan::LoadPlan,
    outcome::{Outcome, Request},
};
use candidate::SnapshotCandidate;
use config_load::{ConfigLoad, count_by_kind};
use futures_util::future::{join, join_all};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;
use usable::OpenedSnapshot;

/// The loader's options for snapshots.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SnapshotOptions {
    /// How long the load waits for the stores before it uses the snapshot. The maximum is three
    /// quarters of the timeout, even if this value is longer. `None` means half of the timeout.
    /// With `first`, this is the time in which the load must open the snapshot.
    pub(crate) after: Option<Duration>,
    /// Whether the load uses the snapshot first.
    pub(crate) first: bool,
}

/// Fetches the values of these configurations from the stores or from their snapshots. Returns one
/// result for each configuration, in the same order.
pub(crate) async fn fetch(
    wave: &Wave,
    plans: &[LoadPlan],
    options: SnapshotOptions,
    start: Instant,
    budget: TimeBudget,
) -> Vec<Arc<WaveResult>> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    fetch_at(now, wave, plans, options, start, budget).await
}

async fn fetch_at(
    now: u64,
    wave: &Wave,
    plans: &[LoadPlan],
    options: SnapshotOptions,
    start: Instant,
    budget: TimeBudget,
) -> Vec<Arc<WaveResult>> {
    let find_candidate = |plan: &LoadPlan| match plan.layers.local {
        // Local values replace the snapshot too.
        Some(_) => SnapshotCandidate::Absent,
        None => SnapshotCandidate::from_plan(&plan.plan, now),
    };
    let configs = plans
        .iter()
        .map(|plan| ConfigLoad {
            plan,
            candidate: find_candidate(plan),
            opened: None,
        })
        .collect();
    let mut load = SnapshotLoad {
        wave,
        configs,
        fetched: WaveResult::default(),
        budget,
    };

    // A variable can shorten the timeout below the program's `after`. So the wait takes at most
    // three quarters of the timeout, which leaves time to open the snapshot.
    let timeout = budget.fetch_deadline - start;
    let deadline = start + options.after.unwrap_or(timeout / 2).min(timeout * 3 / 4);

    if options.first {
        load.open_snapshots_first(deadline).await
    } else {
        load.ask_stores_first(deadline).await
    }
    load.finish()
}

/// A load whose configurations may use snapshots.
struct SnapshotLoad<'a> {
    wave: &'a Wave,
    configs: Vec<ConfigLoad<'a>>,
    /// The results of the stores, shared by all configurations.
    fetched: WaveResult,
    /// The time limits of the load.
    budget: TimeBudget,
}

impl SnapshotLoad<'_> {
    /// Asks the stores. If a snapshot is usable, the load waits for the stores only until
    /// `deadline`. If the failures permit the use of snapshots, the load then opens the snapshots
    /// of the configurations that failed. Finally, if a snapshot was usable, the load sends again
    /// the requests that failed transiently and that no snapshot has answered.
    async fn ask_stores_first(&mut self, deadline: Instant) {
        let has_snapshot = self
            .configs
            .iter()
            .any(|config| matches!(config.candidate, SnapshotCandidate::Usable(_)));
        // Only the wave ends earlier. An attempt has the same timeout as in a load without a
        // snapshot, because a slow store may still answer.
        let budget = TimeBudget {
            fetch_deadline: if has_snapshot {
                deadline
            } else {
                self.budget.fetch_deadline
            },
            ..self.budget
        };
        self.fetched = self.wave.ask(|_| true, budget).await;

        // Decoding runs user code, and the caller decodes the result of the load anyway. So decode
        // here only if a snapshot may help.
        if !self.fetched.outcomes.values().any(is_replaceable)
            || self.configs.iter().all(ConfigLoad::has_no_snapshot)
        {
            return;
        }
        let failures: Vec<_> = self
            .configs
            .iter()
            .map(|config| config.decode_failures(&self.fetched.outcomes))
            .collect();

        if self.permits_snapshots(&failures) {
            self.open_after_failures(&failures).await;
        }

        if has_snapshot {
            self.retry_transient().await;
        }
    }

    /// Returns whether the failures of the configurations let the load use snapshots.
    fn permits_snapshots(&self, failures: &[Vec<FailureKind>]) -> bool {
        // A snapshot replaces an invalid answer only if all invalid answers of this load were cut
        // off.
        let is_invalid = |outcome: &Outcome| matches!(outcome, Outcome::Failed(failed) if failed.kind == FailureKind::InvalidAnswer);
        let only_cut_off = self
            .fetched
            .outcomes
            .values()
            .all(|outcome| !is_invalid(outcome) || outcome.is_transient());
        let permits_snapshot = |kind: &FailureKind| {
            kind.is_transient() || *kind == FailureKind::InvalidAnswer && only_cut_off
        };
        failures.iter().flatten().all(permits_snapshot)
    }

    /// Opens the snapshots of the configurations that failed. Skips a usable snapshot that provides
    /// none of the values that failed.
    async fn open_after_failures(&mut self, failures: &[Vec<FailureKind>]) {
        // Reserve a quarter of the remaining time: if a snapshot cannot be opened, the load asks
        // the stores again.
        let remaining = self
            .budget
            .fetch_deadline
            .saturating_duration_since(Instant::now());
        let (wave, budget) = (
            self.wave,
            TimeBudget {
                fetch_deadline: self.budget.fetch_deadline - remaining / 4,
                ..self.budget
            },
        );
        let outcomes = &self.fetched.outcomes;
        let can_supply = |config: &ConfigLoad<'_>| {
            outcomes.iter().any(|(request, outcome)| {
                is_replaceable(outcome)
                    && config.needs(request)
                    && config.candidate.has_request(request)
            })
        };
        let failed = self
            .configs
            .iter_mut()
            .zip(failures)
            .filter(|(_, failures)| !failures.is_empty());
        let failed =
            failed.filter(|(config, _)| config.candidate.is_unusable() || can_supply(config));
        join_all(
            failed.map(|(config, failures)| config.open(wave, budget, count_by_kind(failures))),
        )
        .await;
        self.configs
            .iter_mut()
            .for_each(|config| config.check(&self.fetched.outcomes));
    }

    /// Opens the snapshots and concurrently fetches what they do not provide. If a snapshot is
    /// unusable, fetches what it would have provided.
    async fn open_snapshots_first(&mut self, deadline: Instant) {
        let (wave, budget) = (self.wave, self.budget);
        let store_requests: Vec<Request> = self
            .requests()
            .filter(|request| {
                self.configs
                    .iter()
                    .any(|config| config.needs_store(request))
            })
            .cloned()
            .collect();
        let ask_stores = wave.ask(|request| store_requests.contains(request), budget);

        let open_snapshots = async {
            let open_budget = TimeBudget {
                fetch_deadline: deadline,
                ..budget
            };
            let reason = || "`snapshot_first`".to_owned();
            join_all(
                self.configs
                    .iter_mut()
                    .map(|config| config.open(wave, open_budget, reason())),
            )
            .await;
            self.configs
                .iter_mut()
                .for_each(|config| config.check(&HashMap::new()));

            let configs = &self.configs;
            let is_still_needed = |request: &Request| {
                !store_requests.contains(request)
                    && configs.iter().any(|config| config.lacks_answer(request))
            };
            wave.ask(is_still_needed, budget).await
        };

        let (fetched, rest) = join(ask_stores, open_snapshots).await;
        self.fetched = fetched.merge(rest);
    }

    /// Retries, until the deadline, the requests that failed transiently and whose values are still
    /// missing.
    async fn retry_transient(&mut self) {
        let failed: Vec<&ConfigLoad<'_>> = self
            .configs
            .iter()
            .filter(|config| {
                !config
                    .decode_failures(&config.merge_outcomes(&self.fetched.outcomes))
                    .is_empty()
            })
            .collect();
        let needs_retry = |request: &&Request| {
            self.fetched
                .outcomes
                .get(*request)
                .is_some_and(Outcome::is_transient)
                && failed.iter().any(|config| config.lacks_answer(request))
        };
        let retries: Vec<Request> = self.requests().filter(needs_retry).cloned().collect();

        if !retries.is_empty() && Instant::now() < self.budget.fetch_deadline {
            let answers = self
                .wave
                .ask(|request| retries.contains(request), self.budget)
                .await;
            self.fetched = std::mem::take(&mut self.fetched).merge(answers);
        }
    }

    fn requests(&self) -> impl Iterator<Item = &Request> {
        self.wave.calls.iter().flat_map(|call| &call.requests)
    }

    fn finish(self) -> Vec<Arc<WaveResult>> {
        let shared = Arc::new(self.fetched);
        let to_result = |config: ConfigLoad<'_>| match config.opened {
            None => shared.clone(),
            Some(OpenedSnapshot {
                report,
                outcomes,
                call,
            }) => {
                let (from_snapshot, calls) = (
                    outcomes.keys().cloned().collect(),
                    call.into_iter().collect(),
                );
                let own = WaveResult {
                    outcomes,
                    calls,
                    snapshot: Some(report),
                    from_snapshot,
                };
                Arc::new(WaveResult::clone(&shared).merge(own))
            }
        };
        self.configs.into_iter().map(to_result).collect()
    }
}

/// Returns whether a snapshot may replace this outcome. A snapshot may also replace failures that
/// no retry resolves, such as an untrusted certificate.
fn is_replaceable(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failed) if failed.transient || failed.kind.is_transient())
}
