//! What is fetched again, when, and what becomes of it: the part of a live configuration that only one flight at a time has.

use super::schedule::{Moment, jitter};
use crate::{
    error::Error,
    failure::{Failure, FailureKind},
    load_plan::Prepared,
    means::Fetched,
    outcome::{Outcome, Request},
    plan::{Plan, PlannedField},
    resolution::{Decoded, Resolution},
    runtime::inside_a_runtime,
    section::Section,
};
use stage_config_grammar::source::{Address, SecretVersion};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};
use tokio::time::Instant;

/// Short enough to be stretched and added to a point in time.
const LONGEST_TTL: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How soon after a start from a snapshot the stores are asked again, if nothing is to be refreshed before that.
const CATCH_UP: Duration = Duration::from_secs(5 * 60);

/// A configuration's plan, all that its stores ever answered last, and when each answer is to be asked for again.
pub(super) struct Upkeep {
    resolution: Resolution,
    outcomes: HashMap<Request, Outcome>,
    turns: BTreeMap<Request, Turn>,
    /// What a snapshot answered in the place of a store: the next refresh asks for it, whatever it is for.
    behind: HashSet<Request>,
    /// What a refresh that failed was to ask for, beside what is due.
    owed: Which,
    /// Whether the program's own types have a value in their hands.
    decoding: bool,
}

/// When one address is asked for again.
struct Turn {
    every: Duration,
    last: Moment,
    /// `every`, stretched by the jitter of the last refresh.
    pause: Duration,
}

/// Which addresses a refresh asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    /// Those whose time has come.
    Due,
    /// All that change.
    All,
}

/// A refresh that has brought something.
pub(super) struct Refreshed<T> {
    pub(super) decoded: Decoded<T>,
    /// Whether any value is another one than before.
    pub(super) changed: bool,
    /// What keeps the rest from being anything but what the snapshot had.
    pub(super) left: Option<Error>,
}

impl Upkeep {
    /// `ttl` bounds the time of every field that is marked; where none is, it is the time of all.
    pub(super) fn new(mut resolution: Resolution, ttl: Option<Duration>) -> Self {
        let Prepared { plan, layers, .. } = &mut resolution.prepared;
        // Local values stand in place of every store that could change.
        let times =
            if layers.local.is_some() { BTreeMap::new() } else { times(plan, ttl.map(|ttl| ttl.min(LONGEST_TTL))) };
        layers.environment = layers.environment.remembered(plan.fields.iter().flat_map(|field| &field.arms));
        let (now, stretch) = (Moment::now(), jitter());
        let turn = |every: Duration| Turn { every, last: now, pause: every.mul_f64(stretch) };
        let turns: BTreeMap<Request, Turn> = times.into_iter().map(|(request, every)| (request, turn(every))).collect();
        // Whoever refreshes nothing keeps nothing.
        let behind = resolution.fetched.from_snapshot.clone();
        let needed = plan.requests().filter(|_| !turns.is_empty() || !behind.is_empty());
        let outcome = |request: Request| Some((request.clone(), resolution.fetched.outcomes.get(&request)?.clone()));
        let outcomes = needed.filter_map(outcome).collect();
        resolution.forget();
        Self { resolution, outcomes, turns, behind, owed: Which::Due, decoding: false }
    }

    /// Nothing is ever to be asked for again.
    pub(super) fn is_idle(&self) -> bool {
        self.turns.is_empty() && self.behind.is_empty()
    }

    /// The error of a refresh that did not come to its end: its caller went away, or a type of the program's own panicked.
    pub(super) fn given_up(&mut self) -> Option<Error> {
        self.resolution.forget();
        let (kind, detail, remedy) = if std::mem::take(&mut self.decoding) {
            (FailureKind::Invalid, "a type of the program panicked", "mend its `Deserialize`, `with` or `validate`")
        } else {
            let remedy = "let `refresh_within(…)` or `deadline(…)` of the loader end it before its callers do";
            (FailureKind::TimedOut, "its caller went away before it ended", remedy)
        };
        let Plan { schema, stage, .. } = &self.resolution.prepared.plan;
        let failure = Failure {
            field: String::new(),
            stage: stage.name().to_owned(),
            source: None,
            kind,
            detail: detail.to_owned(),
            remedy: remedy.to_owned(),
        };
        Error::unresolved(schema, stage.name(), vec![failure])
    }

    /// How long until something is to be asked for again; `None` where nothing ever is.
    pub(super) fn next(&self, now: Moment) -> Option<Duration> {
        let behind = (!self.behind.is_empty()).then(|| CATCH_UP.mul_f64(jitter()));
        self.turns.values().map(|turn| turn.pause.saturating_sub(turn.last.until(now))).chain(behind).min()
    }

    /// Fetches, and decodes everything anew. What was known stays known where this fails.
    ///
    /// `None` where nothing was to be asked for.
    ///
    /// # Errors
    ///
    /// Everything that keeps the new values from being served.
    pub(super) async fn refresh<T: Section>(
        &mut self,
        which: Which,
        within: Duration,
    ) -> Result<Option<Refreshed<T>>, Error> {
        // What was asked for in vain is asked for again.
        self.owed = which.max(self.owed);
        inside_a_runtime(self.resolution.prepared.plan.schema)?;
        let (start, now) = (Instant::now(), Moment::now());
        let plan = self.due(now);
        if plan.fields.is_empty() {
            return Ok(None);
        }
        let environment = &self.resolution.prepared.layers.environment;
        let mut fetched = self.resolution.means.fetch(&[&plan], environment, start + within).await?;
        let late = self.take_what_may_wait(&mut fetched.outcomes);
        let outcomes = with(&self.outcomes, &fetched.outcomes);
        let left = self.left::<T>(&outcomes, &late);
        if let Some(error) = left.clone().filter(|_| fetched.outcomes.is_empty()) {
            return Err(error);
        }
        let changed = fetched.outcomes.iter().any(|(request, new)| !same(self.outcomes.get(request), new));
        let decoded = self.decode::<T>(fetched, &outcomes, start.elapsed())?;
        let stretch = jitter();
        for request in plan.requests() {
            if let Some(turn) = self.turns.get_mut(&request) {
                (turn.last, turn.pause) = (now, turn.every.mul_f64(stretch));
            }
        }
        (self.outcomes, self.owed) = (outcomes, Which::Due);
        self.behind = late.into_keys().collect();
        if self.is_idle() {
            self.outcomes.clear();
        }
        Ok(Some(Refreshed { decoded, changed, left }))
    }

    /// The part of the plan that is to be asked for.
    fn due(&self, now: Moment) -> Plan {
        let is_due = |turn: &Turn| self.owed == Which::All || turn.last.until(now) >= turn.pause;
        self.resolution
            .prepared
            .plan
            .only(|request: &Request| self.behind.contains(request) || self.turns.get(request).is_some_and(is_due))
    }

    /// What is old, but good, and came from no store now: what only catches up after a snapshot keeps nothing else from being fresh.
    fn take_what_may_wait(&self, outcomes: &mut HashMap<Request, Outcome>) -> HashMap<Request, Outcome> {
        let may_wait = |request: &Request| self.behind.contains(request) && !self.turns.contains_key(request);
        outcomes.extract_if(|request, new| matches!(new, Outcome::Failed(_)) && may_wait(request)).collect()
    }

    /// The error of the fields that need what is late; of those that have another source there is none.
    fn left<T: Section>(
        &mut self,
        outcomes: &HashMap<Request, Outcome>,
        late: &HashMap<Request, Outcome>,
    ) -> Option<Error> {
        if late.is_empty() {
            return None;
        }
        self.decode::<T>(Fetched::default(), &with(outcomes, late), Duration::ZERO).err()
    }

    fn decode<T: Section>(
        &mut self,
        fetched: Fetched,
        outcomes: &HashMap<Request, Outcome>,
        elapsed: Duration,
    ) -> Result<Decoded<T>, Error> {
        self.resolution.renew(fetched, outcomes, elapsed);
        self.decoding = true;
        let decoded = self.resolution.decode::<T>();
        self.decoding = false;
        self.resolution.forget();
        decoded
    }
}

/// What is known, and newer answers in the place of older ones.
fn with(older: &HashMap<Request, Outcome>, newer: &HashMap<Request, Outcome>) -> HashMap<Request, Outcome> {
    let newer = newer.iter().map(|(request, outcome)| (request.clone(), outcome.clone()));
    older.iter().map(|(request, outcome)| (request.clone(), outcome.clone())).chain(newer).collect()
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
        // A source behind the one that wins may be refused each time.
        (Some(Outcome::Missing), Outcome::Missing) | (Some(Outcome::Denied(_)), Outcome::Denied(_)) => true,
        (Some(Outcome::Failed(old)), Outcome::Failed(new)) => old.kind == new.kind,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
