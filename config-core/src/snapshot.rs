//! A load that starts from a snapshot, where no store answers in time.
//!
//! The wave is asked as ever, for a part of the deadline. What it could not get for now, and for no other reason, the snapshot
//! gives: then all that it holds is taken from it, so that the values are of one time. Whatever else is wrong stays an error, since
//! an old value must not hide it.

pub(crate) mod content;
pub(crate) mod offer;
#[cfg(test)]
mod tests;

use crate::{
    failure::FailureKind,
    fetch::{Until, is_answer},
    load_plan::Prepared,
    means::{Fetched, Wave},
    outcome::{Outcome, Request},
    report::SnapshotState,
    resolve::resolve,
};
use futures_util::future::{join, join_all};
use offer::{Fault, Opened, Prospect};
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

/// When a load began, and when it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) start: Instant,
    pub(crate) deadline: Instant,
}

/// Fetches what these configurations need, from the stores or from their snapshots. Each has what is its own, in their order.
pub(crate) async fn fetch(
    wave: &Wave,
    prepared: &[Prepared],
    options: SnapshotOptions,
    limits: Limits,
) -> Vec<Arc<Fetched>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    fetch_at(now, wave, prepared, options, limits).await
}

async fn fetch_at(
    now: u64,
    wave: &Wave,
    prepared: &[Prepared],
    options: SnapshotOptions,
    limits: Limits,
) -> Vec<Arc<Fetched>> {
    let prospect = |one: &Prepared| match one.layers.local {
        // Local values stand in for the snapshot, too.
        Some(_) => Prospect::Nothing,
        None => Prospect::of(&one.plan, now),
    };
    let ones = prepared.iter().map(|prepared| One { prepared, prospect: prospect(prepared), opened: None }).collect();
    let whole = limits.deadline - limits.start;
    // A try has the same time as in a load without a snapshot: what is merely slow is waited for.
    let mut load = Load { wave, ones, fetched: Fetched::default(), until: Until::of(limits.deadline) };
    // A deadline that was shortened in an incident leaves time to open the snapshot, whatever the program says.
    let turn = limits.start + options.after.unwrap_or(whole / 2).min(whole * 3 / 4);
    match options.first {
        true => load.snapshot_first(turn).await,
        false => load.stores_first(turn).await,
    }
    load.finish()
}

/// One configuration of a load.
struct One<'a> {
    prepared: &'a Prepared,
    prospect: Prospect,
    opened: Option<Opened>,
}

struct Load<'a> {
    wave: &'a Wave,
    ones: Vec<One<'a>>,
    /// What the stores answered, to all of them.
    fetched: Fetched,
    /// The deadline of the load.
    until: Until,
}

impl Load<'_> {
    async fn stores_first(&mut self, turn: Instant) {
        let is_offered = self.ones.iter().any(|one| matches!(one.prospect, Prospect::Offer(_)));
        let until = Until { answered: if is_offered { turn } else { self.until.answered }, ..self.until };
        self.wave.ask(&mut self.fetched, |_| true, until).await;
        // A load that went well is decoded once, by its caller: what programs do while they decode is their own.
        if !self.fetched.outcomes.values().any(is_open) || self.ones.iter().all(One::hopes_for_nothing) {
            return;
        }
        let failures: Vec<_> = self.ones.iter().map(|one| one.failures(&self.fetched.outcomes)).collect();
        // Where anything is wrong that does not pass, no snapshot lets the load succeed, nor should one.
        let torn_alone = self.fetched.outcomes.values().all(|outcome| !is_torn_for_good(outcome));
        let may_pass = |kind: &FailureKind| passes(*kind) || *kind == FailureKind::InvalidAnswer && torn_alone;
        if failures.iter().flatten().all(may_pass) {
            // KMS leaves time for the stores, if the snapshot turns out to be of no use.
            let rest = self.until.answered.saturating_duration_since(Instant::now());
            let (wave, until) = (self.wave, Until { answered: self.until.answered - rest / 4, ..self.until });
            let fetched = &self.fetched.outcomes;
            let helps =
                |one: &One<'_>| fetched.iter().any(|(of, now)| is_open(now) && one.reads(of) && one.prospect.gives(of));
            let failing = self.ones.iter_mut().zip(&failures).filter(|(_, failures)| !failures.is_empty());
            let failing = failing.filter(|(one, _)| one.prospect.is_useless() || helps(one));
            join_all(failing.map(|(one, failures)| one.open(wave, until, counted(failures)))).await;
            self.ones.iter_mut().for_each(|one| one.check(&self.fetched.outcomes));
        }
        if is_offered {
            self.go_on().await;
        }
    }

    /// The snapshot and what it does not give, at once; if it is of no use, what it would have given.
    async fn snapshot_first(&mut self, turn: Instant) {
        let (wave, until) = (self.wave, self.until);
        let (mut fetched, mut rest) = (Fetched::default(), Fetched::default());
        let asked: Vec<Request> =
            self.requests().filter(|request| self.ones.iter().any(|one| one.asks_for(request))).cloned().collect();
        let ask = wave.ask(&mut fetched, |request| asked.contains(request), until);
        let open = async {
            let why = || "`snapshot_first`".to_owned();
            join_all(self.ones.iter_mut().map(|one| one.open(wave, Until { answered: turn, ..until }, why()))).await;
            self.ones.iter_mut().for_each(|one| one.check(&HashMap::new()));
            let ones = &self.ones;
            let again = |request: &Request| !asked.contains(request) && ones.iter().any(|one| one.lacks(request));
            wave.ask(&mut rest, again, until).await;
        };
        join(ask, open).await;
        fetched.outcomes.extend(rest.outcomes);
        fetched.calls.extend(rest.calls);
        self.fetched = fetched;
    }

    /// Asks again, up to the deadline, for what did not come and is still needed.
    async fn go_on(&mut self) {
        let failing: Vec<&One<'_>> =
            self.ones.iter().filter(|one| !one.failures(&one.outcomes(&self.fetched.outcomes)).is_empty()).collect();
        let is_awaited = |request: &&Request| {
            self.fetched.outcomes.get(*request).is_some_and(may_come) && failing.iter().any(|one| one.lacks(request))
        };
        let again: Vec<Request> = self.requests().filter(is_awaited).cloned().collect();
        if !again.is_empty() && Instant::now() < self.until.answered {
            let until = self.until;
            self.wave.ask(&mut self.fetched, |request| again.contains(request), until).await;
        }
    }

    fn requests(&self) -> impl Iterator<Item = &Request> {
        self.wave.calls.iter().flat_map(|call| &call.requests)
    }

    fn finish(self) -> Vec<Arc<Fetched>> {
        let shared = Arc::new(self.fetched);
        let of = |one: One<'_>| match one.opened {
            None => shared.clone(),
            Some(Opened { report, outcomes, call }) => {
                let mut own = Fetched::clone(&shared);
                own.from_snapshot = outcomes.keys().cloned().collect();
                own.outcomes.extend(outcomes);
                own.calls.extend(call);
                own.snapshot = Some(report);
                Arc::new(own)
            }
        };
        self.ones.into_iter().map(of).collect()
    }
}

impl One<'_> {
    fn hopes_for_nothing(&self) -> bool {
        matches!(self.prospect, Prospect::Nothing)
    }

    /// What fails with these answers.
    fn failures(&self, outcomes: &HashMap<Request, Outcome>) -> Vec<FailureKind> {
        let Prepared { plan, layers, judge, .. } = self.prepared;
        judge(plan, &resolve(plan, layers, outcomes))
    }

    async fn open(&mut self, wave: &Wave, until: Until, why: String) {
        let mut opened = match &self.prospect {
            Prospect::Nothing => return,
            Prospect::Useless(report) => Opened { report: report.clone(), outcomes: HashMap::new(), call: None },
            Prospect::Offer(offer) => offer.open(wave, until).await,
        };
        opened.report = opened.report.because(why);
        self.opened = Some(opened);
    }

    /// A snapshot with which something is wrong was written for another struct: it lets nobody start. What no store answered, a torn
    /// answer among it, is no fault of its own.
    fn check(&mut self, fetched: &HashMap<Request, Outcome>) {
        let answered = fetched.iter().filter(|(_, outcome)| is_answer(outcome));
        let answered = answered.map(|(request, outcome)| (request.clone(), outcome.clone())).collect();
        // So that nobody is asked counts for nothing.
        let counts = |kind: &FailureKind| *kind != FailureKind::InvalidRequest;
        let wrong = match &self.opened {
            Some(opened) if opened.report.is_used() => {
                let failures = self.failures(&self.outcomes(&answered));
                failures.into_iter().filter(counts).collect::<Vec<_>>()
            }
            _ => return,
        };
        if let Some(opened) = self.opened.as_mut().filter(|_| !wrong.is_empty()) {
            let stage = self.prepared.plan.stage.name();
            let detail = format!("its values do not fit the struct: {}", counted(&wrong));
            opened.report = opened.report.clone().with(Fault::anew(SnapshotState::OtherSchema, stage, detail));
            opened.outcomes.clear();
        }
    }

    /// The answers, with those of the snapshot before the stores'.
    fn outcomes(&self, fetched: &HashMap<Request, Outcome>) -> HashMap<Request, Outcome> {
        let mut outcomes = fetched.clone();
        outcomes.extend(self.opened.iter().flat_map(|opened| opened.outcomes.clone()));
        outcomes
    }

    fn reads(&self, request: &Request) -> bool {
        self.prepared.plan.requests().any(|own| own == *request)
    }

    /// Whether the stores are asked, whatever the snapshot has.
    fn asks_for(&self, request: &Request) -> bool {
        self.reads(request) && !self.prospect.gives(request)
    }

    /// Whether the snapshot has not given it.
    fn lacks(&self, request: &Request) -> bool {
        let is_given = self.opened.as_ref().is_some_and(|opened| opened.outcomes.contains_key(request));
        self.reads(request) && !is_given
    }
}

/// Whether it is no answer, and no mistake either. A certificate that nobody trusts does not get better by another try.
fn is_open(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failed) if failed.retry || passes(failed.kind))
}

/// Whether another try may answer otherwise.
fn may_come(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failed) if failed.retry)
}

/// An answer that makes no sense, and not because it was cut off on its way.
fn is_torn_for_good(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failed) if failed.kind == FailureKind::InvalidAnswer && !failed.retry)
}

/// Whether another day the same would be answered.
fn passes(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Throttled | FailureKind::TimedOut | FailureKind::Unavailable)
}

/// `2 fields throttled, 1 field timed out`.
fn counted(failures: &[FailureKind]) -> String {
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
