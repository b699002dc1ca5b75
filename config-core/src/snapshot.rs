//! A load that starts from a snapshot, where no store answers in time.
//!
//! The wave is asked as ever, for a part of the deadline. What it could not get for now, and for no other reason, the snapshot
//! gives: then all that it holds is taken from it, so that the values are of one time. Whatever else is wrong stays an error, since
//! an old value must not hide it.

pub(crate) mod candidate;
pub(crate) mod content;
#[cfg(test)]
mod tests;

use crate::{
    backends::Wave,
    failure::FailureKind,
    fetch::{TimeBudget, WaveResult},
    load_plan::LoadPlan,
    outcome::{Outcome, Request},
    report::SnapshotState,
    resolve::resolve,
};
use candidate::{OpenedSnapshot, SnapshotCandidate, SnapshotError};
use futures_util::future::{join, join_all};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;

/// What a loader says of snapshots.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SnapshotOptions {
    /// How long the stores are asked before the snapshot is.
    pub(crate) after: Option<Duration>,
    /// The snapshot is asked at once.
    pub(crate) first: bool,
}

/// Fetches what these configurations need, from the stores or from their snapshots. Each has what is its own, in their order.
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
        // Local values stand in for the snapshot, too.
        Some(_) => SnapshotCandidate::Absent,
        None => SnapshotCandidate::from_plan(&one.plan, now),
    };
    let configs = plans.iter().map(|plan| ConfigLoad { plan, candidate: prospect(plan), opened: None }).collect();
    let whole = until.fetch_deadline - start;
    // An attempt has the same time as in a load without a snapshot: what is merely slow is waited for.
    let mut load = SnapshotLoad { wave, configs, fetched: WaveResult::default(), until };
    // A deadline that was shortened in an incident leaves time to open the snapshot, whatever the program says.
    let turn = start + options.after.unwrap_or(whole / 2).min(whole * 3 / 4);
    match options.first {
        true => load.open_snapshots_first(turn).await,
        false => load.ask_stores_first(turn).await,
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
    /// What the stores answered, to all of them.
    fetched: WaveResult,
    /// The deadline of the load.
    until: TimeBudget,
}

impl SnapshotLoad<'_> {
    async fn ask_stores_first(&mut self, turn: Instant) {
        let is_offered = self.configs.iter().any(|one| matches!(one.candidate, SnapshotCandidate::Usable(_)));
        let until =
            TimeBudget { fetch_deadline: if is_offered { turn } else { self.until.fetch_deadline }, ..self.until };
        self.fetched = self.wave.ask(|_| true, until).await;
        // A load that went well is decoded once, by its caller: what programs do while they decode is their own.
        if !self.fetched.outcomes.values().any(is_unanswered) || self.configs.iter().all(ConfigLoad::has_no_snapshot) {
            return;
        }
        let failures: Vec<_> = self.configs.iter().map(|one| one.decode_failures(&self.fetched.outcomes)).collect();
        // Where anything is wrong that does not pass, no snapshot lets the load succeed, nor should one.
        let is_malformed =
            |outcome: &Outcome| matches!(outcome, Outcome::Failed(failed) if failed.kind == FailureKind::InvalidAnswer);
        // An invalid answer passes if it was cut off on its way, as is each other one of this load.
        let only_cut_off =
            self.fetched.outcomes.values().all(|outcome| !is_malformed(outcome) || outcome.is_transient());
        let may_pass = |kind: &FailureKind| kind.is_transient() || *kind == FailureKind::InvalidAnswer && only_cut_off;
        if failures.iter().flatten().all(may_pass) {
            // KMS leaves time for the stores, if the snapshot turns out to be of no use.
            let rest = self.until.fetch_deadline.saturating_duration_since(Instant::now());
            let (wave, until) =
                (self.wave, TimeBudget { fetch_deadline: self.until.fetch_deadline - rest / 4, ..self.until });
            let fetched = &self.fetched.outcomes;
            let helps = |one: &ConfigLoad<'_>| {
                fetched.iter().any(|(of, now)| is_unanswered(now) && one.needs(of) && one.candidate.has_request(of))
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

    /// The snapshot and what it does not give, at once; if it is of no use, what it would have given.
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

    /// Asks again, up to the deadline, for what did not come and is still needed.
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

    /// What fails with these answers.
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

    /// A snapshot with which something is wrong was written for another struct: it lets nobody start. What no store answered, a torn
    /// answer among it, is no fault of its own.
    fn check(&mut self, fetched: &HashMap<Request, Outcome>) {
        let answered = fetched.iter().filter(|(_, outcome)| outcome.is_answer());
        let answered = answered.map(|(request, outcome)| (request.clone(), outcome.clone())).collect();
        // So that nobody is asked counts for nothing.
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

    /// The answers, with those of the snapshot before the stores'.
    fn merge_outcomes(&self, fetched: &HashMap<Request, Outcome>) -> HashMap<Request, Outcome> {
        let mut outcomes = fetched.clone();
        outcomes.extend(self.opened.iter().flat_map(|opened| opened.outcomes.clone()));
        outcomes
    }

    fn needs(&self, request: &Request) -> bool {
        self.plan.plan.requests().any(|own| own == *request)
    }

    /// Whether the stores are asked, whatever the snapshot has.
    fn needs_store(&self, request: &Request) -> bool {
        self.needs(request) && !self.candidate.has_request(request)
    }

    /// Whether the snapshot has not given it.
    fn is_lacking(&self, request: &Request) -> bool {
        let is_given = self.opened.as_ref().is_some_and(|opened| opened.outcomes.contains_key(request));
        self.needs(request) && !is_given
    }
}

/// Whether a snapshot may stand in for it. That no retry helps, as with a certificate that is not trusted, does not matter.
fn is_unanswered(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failed) if failed.transient || failed.kind.is_transient())
}

/// `2 fields throttled, 1 field timed out`.
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
