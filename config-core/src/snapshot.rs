//! A load that uses a snapshot if no store answers in time.
//!
//! The load first runs its wave as usual, for a part of its timeout. If fields failed only for
//! transient reasons, the load opens the snapshot and takes everything that the snapshot holds, so
//! all values are of one time. Any other failure stays an error, because an old value must not hide
//! it.

pub(crate) mod candidate;
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
    report::SnapshotState,
    resolve::resolve,
};
use candidate::SnapshotCandidate;
use error::SnapshotError;
use futures_util::future::{join, join_all};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;
use usable::OpenedSnapshot;

/// The loader's options for snapshots.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SnapshotOptions {
    /// How long the stores are asked before the snapshot is used.
    pub(crate) after: Option<Duration>,
    /// Whether the load uses the snapshot first.
    pub(crate) first: bool,
}

/// Fetches what these configurations need, from the stores or from their snapshots. Returns one
/// result per configuration, in the same order.
pub(crate) async fn fetch(
    wave: &Wave,
    plans: &[LoadPlan],
    options: SnapshotOptions,
    start: Instant,
    until: TimeBudget,
) -> Vec<Arc<WaveResult>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    fetch_at(now, wave, plans, options, start, until).await
}

async fn fetch_at(
    now: u64,
    wave: &Wave,
    plans: &[LoadPlan],
    options: SnapshotOptions,
    start: Instant,
    until: TimeBudget,
) -> Vec<Arc<WaveResult>> {
    let prospect = |one: &LoadPlan| match one.layers.local {
        // Local values replace the snapshot too.
        Some(_) => SnapshotCandidate::Absent,
        None => SnapshotCandidate::from_plan(&one.plan, now),
    };
    let configs = plans.iter().map(|plan| ConfigLoad { plan, candidate: prospect(plan), opened: None }).collect();
    let whole = until.fetch_deadline - start;
    // An attempt has the same timeout as in a load without a snapshot, so a slow answer is still
    // awaited.
    let mut load = SnapshotLoad { wave, configs, fetched: WaveResult::default(), until };
    // A timeout that a variable shortened still leaves time to open the snapshot, whatever option
    // the program set.
    let turn = start + options.after.unwrap_or(whole / 2).min(whole * 3 / 4);
    if options.first {
        load.open_snapshots_first(turn).await
    } else {
        load.ask_stores_first(turn).await
    }
    load.finish()
}

/// One configuration of a load.
struct ConfigLoad<'a> {
    plan: &'a LoadPlan,
    candidate: SnapshotCandidate,
    opened: Option<OpenedSnapshot>,
}

struct SnapshotLoad<'a> {
    wave: &'a Wave,
    configs: Vec<ConfigLoad<'a>>,
    /// The results of the stores, shared by all configurations.
    fetched: WaveResult,
    /// The time limits of the load.
    until: TimeBudget,
}

impl SnapshotLoad<'_> {
    async fn ask_stores_first(&mut self, turn: Instant) {
        let is_offered = self.configs.iter().any(|one| matches!(one.candidate, SnapshotCandidate::Usable(_)));
        let until =
            TimeBudget { fetch_deadline: if is_offered { turn } else { self.until.fetch_deadline }, ..self.until };
        self.fetched = self.wave.ask(|_| true, until).await;
        // A successful load is decoded once, by its caller, because user code runs during decoding.
        if !self.fetched.outcomes.values().any(is_replaceable) || self.configs.iter().all(ConfigLoad::has_no_snapshot) {
            return;
        }
        let failures: Vec<_> = self.configs.iter().map(|one| one.decode_failures(&self.fetched.outcomes)).collect();
        // If any failure is permanent, a snapshot cannot and must not let the load succeed.
        let is_malformed =
            |outcome: &Outcome| matches!(outcome, Outcome::Failed(failed) if failed.kind == FailureKind::InvalidAnswer);
        // An invalid answer is transient if it was cut off on its way, and so are all other invalid
        // answers of this load.
        let only_cut_off =
            self.fetched.outcomes.values().all(|outcome| !is_malformed(outcome) || outcome.is_transient());
        let may_pass = |kind: &FailureKind| kind.is_transient() || *kind == FailureKind::InvalidAnswer && only_cut_off;
        if failures.iter().flatten().all(may_pass) {
            // Opening the snapshot leaves time to ask the stores again if the snapshot is unusable.
            let rest = self.until.fetch_deadline.saturating_duration_since(Instant::now());
            let (wave, until) =
                (self.wave, TimeBudget { fetch_deadline: self.until.fetch_deadline - rest / 4, ..self.until });
            let fetched = &self.fetched.outcomes;
            let helps = |one: &ConfigLoad<'_>| {
                fetched.iter().any(|(of, now)| is_replaceable(now) && one.needs(of) && one.candidate.has_request(of))
            };
            let failing = self.configs.iter_mut().zip(&failures).filter(|(_, failures)| !failures.is_empty());
            let failing = failing.filter(|(one, _)| one.candidate.is_unusable() || helps(one));
            join_all(failing.map(|(one, failures)| one.open(wave, until, count_by_kind(failures)))).await;
            self.configs.iter_mut().for_each(|one| one.check(&self.fetched.outcomes));
        }
        if is_offered {
            self.retry_missing().await;
        }
    }

    /// Opens the snapshots and concurrently fetches what they do not provide. If a snapshot is
    /// unusable, fetches what it would have provided.
    async fn open_snapshots_first(&mut self, turn: Instant) {
        let (wave, until) = (self.wave, self.until);
        let asked: Vec<Request> = self
            .requests()
            .filter(|request| self.configs.iter().any(|one| one.needs_store(request)))
            .cloned()
            .collect();
        let ask = wave.ask(|request| asked.contains(request), until);
        let open = async {
            let why = || "`snapshot_first`".to_owned();
            join_all(
                self.configs.iter_mut().map(|one| one.open(wave, TimeBudget { fetch_deadline: turn, ..until }, why())),
            )
            .await;
            self.configs.iter_mut().for_each(|one| one.check(&HashMap::new()));
            let ones = &self.configs;
            let again = |request: &Request| !asked.contains(request) && ones.iter().any(|one| one.is_lacking(request));
            wave.ask(again, until).await
        };
        let (fetched, rest) = join(ask, open).await;
        self.fetched = fetched.merge(rest);
    }

    /// Retries the transient failures that are still needed, until the deadline.
    async fn retry_missing(&mut self) {
        let failing: Vec<&ConfigLoad<'_>> = self
            .configs
            .iter()
            .filter(|one| !one.decode_failures(&one.merge_outcomes(&self.fetched.outcomes)).is_empty())
            .collect();
        let is_awaited = |request: &&Request| {
            self.fetched.outcomes.get(*request).is_some_and(Outcome::is_transient)
                && failing.iter().any(|one| one.is_lacking(request))
        };
        let again: Vec<Request> = self.requests().filter(is_awaited).cloned().collect();
        if !again.is_empty() && Instant::now() < self.until.fetch_deadline {
            let answers = self.wave.ask(|request| again.contains(request), self.until).await;
            self.fetched = std::mem::take(&mut self.fetched).merge(answers);
        }
    }

    fn requests(&self) -> impl Iterator<Item = &Request> {
        self.wave.calls.iter().flat_map(|call| &call.requests)
    }

    fn finish(self) -> Vec<Arc<WaveResult>> {
        let shared = Arc::new(self.fetched);
        let of = |one: ConfigLoad<'_>| match one.opened {
            None => shared.clone(),
            Some(OpenedSnapshot { report, outcomes, call }) => {
                let (from_snapshot, calls) = (outcomes.keys().cloned().collect(), call.into_iter().collect());
                let own = WaveResult { outcomes, calls, snapshot: Some(report), from_snapshot };
                Arc::new(WaveResult::clone(&shared).merge(own))
            }
        };
        self.configs.into_iter().map(of).collect()
    }
}

impl ConfigLoad<'_> {
    fn has_no_snapshot(&self) -> bool {
        matches!(self.candidate, SnapshotCandidate::Absent)
    }

    /// Returns the failures of decoding these outcomes.
    fn decode_failures(&self, outcomes: &HashMap<Request, Outcome>) -> Vec<FailureKind> {
        let LoadPlan { plan, layers, decode_check: judge, .. } = self.plan;
        judge(plan, &resolve(plan, layers, outcomes))
    }

    async fn open(&mut self, wave: &Wave, until: TimeBudget, why: String) {
        let mut opened = match &self.candidate {
            SnapshotCandidate::Absent => return,
            SnapshotCandidate::Unusable(report) => {
                OpenedSnapshot { report: report.clone(), outcomes: HashMap::new(), call: None }
            }
            SnapshotCandidate::Usable(offer) => offer.open(wave, until).await,
        };
        opened.report = opened.report.with_reason(why);
        self.opened = Some(opened);
    }

    /// Rejects a snapshot whose values do not fit the struct: it was written for another struct and
    /// lets no program start. A request that no store answered, or whose answer was cut off, is not
    /// a defect of the snapshot.
    fn check(&mut self, fetched: &HashMap<Request, Outcome>) {
        let answered = fetched.iter().filter(|(_, outcome)| outcome.is_answer());
        let answered = answered.map(|(request, outcome)| (request.clone(), outcome.clone())).collect();
        // An address that was not requested is not a defect of the snapshot.
        let counts = |kind: &FailureKind| *kind != FailureKind::InvalidRequest;
        let wrong = match &self.opened {
            Some(opened) if opened.report.is_used() => {
                let failures = self.decode_failures(&self.merge_outcomes(&answered));
                failures.into_iter().filter(counts).collect::<Vec<_>>()
            }
            _ => return,
        };
        if let Some(opened) = self.opened.as_mut().filter(|_| !wrong.is_empty()) {
            let stage = self.plan.plan.stage.name();
            let detail = format!("its values do not fit the struct: {}", count_by_kind(&wrong));
            opened.report = opened.report.clone().with_error(SnapshotError::with_new_snapshot(
                SnapshotState::OtherSchema,
                stage,
                detail,
            ));
            opened.outcomes.clear();
        }
    }

    /// Merges the outcomes; the snapshot takes precedence over the stores.
    fn merge_outcomes(&self, fetched: &HashMap<Request, Outcome>) -> HashMap<Request, Outcome> {
        let mut outcomes = fetched.clone();
        outcomes.extend(self.opened.iter().flat_map(|opened| opened.outcomes.clone()));
        outcomes
    }

    fn needs(&self, request: &Request) -> bool {
        self.plan.plan.requests().any(|own| own == *request)
    }

    /// Returns whether the stores must be asked for this request, whatever the snapshot holds.
    fn needs_store(&self, request: &Request) -> bool {
        self.needs(request) && !self.candidate.has_request(request)
    }

    /// Returns whether the configuration needs the request and the snapshot has not answered it.
    fn is_lacking(&self, request: &Request) -> bool {
        let is_given = self.opened.as_ref().is_some_and(|opened| opened.outcomes.contains_key(request));
        self.needs(request) && !is_given
    }
}

/// Returns whether a snapshot may replace this outcome. That is another question than whether a
/// retry may help: a snapshot also replaces what no retry cures, such as an untrusted certificate.
fn is_replaceable(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failed) if failed.transient || failed.kind.is_transient())
}

/// Returns for example `2 fields throttled, 1 field timed out`.
fn count_by_kind(failures: &[FailureKind]) -> String {
    let mut counts = BTreeMap::<FailureKind, usize>::new();
    for kind in failures {
        *counts.entry(*kind).or_default() += 1;
    }
    let shown = counts.into_iter().map(|(kind, count)| {
        let fields = if count == 1 { "field" } else { "fields" };
        format!("{count} {fields} {kind}")
    });
    shown.collect::<Vec<_>>().join(", ")
}
