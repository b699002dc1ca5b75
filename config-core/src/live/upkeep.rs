//! What is fetched again, when, and what becomes of it: the part of a live configuration that only one flight at a time has.

use super::schedule::{Moment, jitter};
use crate::{
    error::Error,
    load::{Prepared, inside_a_runtime},
    plan::{Plan, PlannedField},
    private::Section,
    resolution::{Decoded, Resolution},
    store::{Outcome, Request},
};
use stage_config_grammar::source::{Address, SecretVersion};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};
use tokio::time::Instant;

/// A configuration's plan, all that its stores ever answered last, and when each answer is to be asked for again.
pub(super) struct Upkeep {
    resolution: Resolution,
    outcomes: HashMap<Request, Outcome>,
    turns: BTreeMap<Request, Turn>,
    /// What a snapshot answered in the place of a store: the next refresh asks for it, whatever it is for.
    behind: HashSet<Request>,
}

/// When one address is asked for again.
struct Turn {
    /// `None` for what came from a snapshot and is asked for once.
    every: Option<Duration>,
    last: Moment,
    /// `every`, stretched by the jitter of the last refresh.
    pause: Duration,
}

/// Which addresses a refresh asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those whose time has come.
    Due,
    /// All that change.
    All,
}

/// A refresh that went well.
pub(super) struct Refreshed<T> {
    pub(super) decoded: Decoded<T>,
    /// Whether any value is another one than before.
    pub(super) changed: bool,
}

impl Upkeep {
    /// `ttl` bounds the time of every field that is marked; where none is, it is the time of all.
    pub(super) fn new(mut resolution: Resolution, ttl: Option<Duration>) -> Self {
        let Prepared { plan, layers, .. } = &mut resolution.prepared;
        // Local values stand in place of every store that could change.
        let times = if layers.local.is_some() { BTreeMap::new() } else { times(plan, ttl) };
        layers.environment = layers.environment.remembered(plan.fields.iter().flat_map(|field| &field.arms));
        let (now, stretch) = (Moment::now(), jitter());
        let turn = |every: Duration| Turn { every: Some(every), last: now, pause: every.mul_f64(stretch) };
        let mut turns: BTreeMap<Request, Turn> =
            times.into_iter().map(|(request, every)| (request, turn(every))).collect();
        // What came from a snapshot is asked for at the next refresh, whatever its own time.
        if let Some(pause) = turns.values().map(|turn| turn.pause).min() {
            let from_snapshot = resolution.fetched.from_snapshot.iter().filter(|request| changes(&request.0));
            for request in from_snapshot {
                turns.entry(request.clone()).or_insert(Turn { every: None, last: now, pause }).pause = pause;
            }
        }
        // Whoever refreshes nothing keeps nothing.
        let behind = resolution.fetched.from_snapshot.clone();
        let needed = plan.requests().filter(|_| !turns.is_empty() || !behind.is_empty());
        let outcome = |request: Request| Some((request.clone(), resolution.fetched.outcomes.get(&request)?.clone()));
        let outcomes = needed.filter_map(outcome).collect();
        resolution.forget();
        Self { resolution, outcomes, turns, behind }
    }

    /// Nothing is ever to be asked for again.
    pub(super) fn is_idle(&self) -> bool {
        self.turns.is_empty() && self.behind.is_empty()
    }

    /// How long until something is to be asked for again; `None` where nothing ever is.
    pub(super) fn next(&self, now: Moment) -> Option<Duration> {
        self.turns.values().map(|turn| turn.pause.saturating_sub(turn.last.until(now))).min()
    }

    /// Fetches, and decodes everything anew. What was known stays known where this fails.
    ///
    /// # Errors
    ///
    /// Everything that keeps the new values from being served.
    pub(super) async fn refresh<T: Section>(&mut self, which: Which, within: Duration) -> Result<Refreshed<T>, Error> {
        inside_a_runtime(self.resolution.prepared.plan.schema)?;
        let start = Instant::now();
        let now = Moment::now();
        let is_asked = |request: &Request| {
            let due = |turn: &Turn| which == Which::All || turn.last.until(now) >= turn.pause;
            self.behind.contains(request) || self.turns.get(request).is_some_and(due)
        };
        let Prepared { plan, layers, .. } = &self.resolution.prepared;
        let plan = plan.only(is_asked);
        let fetched = self.resolution.means.fetch(&[&plan], &layers.environment, start + within).await?;
        let changed = fetched.outcomes.iter().any(|(request, new)| !same(self.outcomes.get(request), new));
        let mut outcomes = self.outcomes.clone();
        outcomes.extend(fetched.outcomes.iter().map(|(request, outcome)| (request.clone(), outcome.clone())));
        self.resolution.renew(fetched, &outcomes, start.elapsed());
        let decoded = self.resolution.decode::<T>();
        self.resolution.forget();
        let decoded = decoded?;
        let stretch = jitter();
        for request in plan.requests() {
            match self.turns.get_mut(&request) {
                Some(Turn { every: Some(every), last, pause }) => (*last, *pause) = (now, every.mul_f64(stretch)),
                _ => drop(self.turns.remove(&request)),
            }
        }
        self.outcomes = outcomes;
        self.behind.clear();
        Ok(Refreshed { decoded, changed })
    }
}

/// How often each address is asked for again that may have another answer.
fn times(plan: &Plan, ttl: Option<Duration>) -> BTreeMap<Request, Duration> {
    let of = |field: &PlannedField| field.value.refresh_ms.map(Duration::from_millis);
    let is_marked = plan.fields.iter().any(|field| of(field).is_some());
    let mut times = BTreeMap::new();
    for field in &plan.fields {
        let every = match (of(field), ttl) {
            (Some(own), Some(ttl)) => own.min(ttl),
            (Some(own), None) => own,
            (None, Some(ttl)) if !is_marked => ttl,
            (None, _) => continue,
        };
        for arm in field.arms.iter().filter(|arm| changes(&arm.address)) {
            let shortest = times.entry(Request(arm.address.clone())).or_insert(every);
            *shortest = every.min(*shortest);
        }
    }
    times
}

/// Whether the same address may answer with something else tomorrow. A pinned version does not, nor do a variable, a literal or a
/// file that was embedded. A label moves.
fn changes(address: &Address) -> bool {
    match address {
        Address::Parameter { selector, .. } => {
            !selector.as_ref().is_some_and(|selector| selector.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Address::Secret { version, .. } => !matches!(version, Some(SecretVersion::Id(_))),
        Address::Custom { .. } => true,
        Address::KmsEnv { .. } | Address::Sealed { .. } | Address::Env { .. } | Address::Value(_) => false,
    }
}

/// Whether a field would be the same with either answer. A version counts for nothing: the same text may be written twice.
fn same(old: Option<&Outcome>, new: &Outcome) -> bool {
    match (old, new) {
        (Some(Outcome::Found(old)), Outcome::Found(new)) => old.content == new.content,
        (Some(Outcome::Missing), Outcome::Missing) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
