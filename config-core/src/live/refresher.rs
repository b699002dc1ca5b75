//! What is fetched again, when, and what becomes of it: the part of a live configuration that only one flight at a time has.

use super::schedule::DualInstant;
use crate::{
    backends::Backends,
    backoff::draw_stretch,
    config_struct::ConfigStruct,
    diagnostic::Diagnostic,
    error::Error,
    failure::{Failure, FailureKind},
    fetch::WaveResult,
    fetched_config::{DecodedConfig, FetchedConfig},
    load_plan::LoadPlan,
    outcome::{Outcome, Request},
    plan::{Plan, PlannedField},
    resolve::resolve,
    runtime::check_runtime,
};
use stage_config_grammar::source::{Address, SecretVersion};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

/// Short enough to be stretched and added to a point in time.
const LONGEST_TTL: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How soon after a start from a snapshot the stores are asked again, if nothing is to be refreshed before that.
const SNAPSHOT_CATCH_UP: Duration = Duration::from_secs(5 * 60);

/// A configuration's plan, all that its stores ever answered last, and when each answer is to be asked for again.
pub(super) struct Refresher {
    load_plan: LoadPlan,
    backends: Arc<Backends>,
    outcomes: HashMap<Request, Outcome>,
    entries: BTreeMap<Request, RefreshEntry>,
    /// What a snapshot answered in the place of a store: the next refresh asks for it, whatever it is for.
    from_snapshot: HashSet<Request>,
    /// What a refresh that failed was to ask for, beside what is due.
    pending: RefreshScope,
    /// Whether the program's own types have a value in their hands.
    decoding: bool,
}

/// When one address is asked for again.
struct RefreshEntry {
    interval: Duration,
    last_asked: DualInstant,
    /// `every`, stretched by the jitter of the last refresh.
    pause: Duration,
}

/// Which addresses a refresh asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RefreshScope {
    /// Those whose time has come.
    Due,
    /// All that change.
    All,
}

/// A refresh that has brought something.
pub(super) struct RefreshResult<T> {
    pub(super) decoded: DecodedConfig<T>,
    /// Whether any value is another one than before.
    pub(super) changed: bool,
    /// What keeps the rest from being anything but what the snapshot had.
    pub(super) pending_error: Option<Error>,
}

impl Refresher {
    /// `ttl` bounds the time of every field that is marked; where none is, it is the time of all.
    pub(super) fn new(fetched: FetchedConfig, ttl: Option<Duration>) -> Self {
        let FetchedConfig { mut load_plan, backends, wave, .. } = fetched;
        let LoadPlan { plan, layers, .. } = &mut load_plan;
        // Local values stand in place of every store that could change.
        let times = if layers.local.is_some() {
            BTreeMap::new()
        } else {
            refresh_intervals(plan, ttl.map(|ttl| ttl.min(LONGEST_TTL)))
        };
        layers.environment = layers.environment.capture(plan.fields.iter().flat_map(|field| &field.chain));
        let (now, stretch) = (DualInstant::now(), draw_stretch());
        let turn = |every: Duration| RefreshEntry { interval: every, last_asked: now, pause: every.mul_f64(stretch) };
        let entries: BTreeMap<Request, RefreshEntry> =
            times.into_iter().map(|(request, every)| (request, turn(every))).collect();
        // Whoever refreshes nothing keeps nothing.
        let from_snapshot = wave.from_snapshot.clone();
        let needed = plan.requests().filter(|_| !entries.is_empty() || !from_snapshot.is_empty());
        let outcome = |request: Request| Some((request.clone(), wave.outcomes.get(&request)?.clone()));
        let outcomes = needed.filter_map(outcome).collect();
        Self { load_plan, backends, outcomes, entries, from_snapshot, pending: RefreshScope::Due, decoding: false }
    }

    /// Nothing is ever to be asked for again.
    pub(super) fn is_idle(&self) -> bool {
        self.entries.is_empty() && self.from_snapshot.is_empty()
    }

    /// The error of a refresh that did not come to its end: its caller went away, or a type of the program's own panicked.
    pub(super) fn abort_error(&mut self) -> Option<Error> {
        let (kind, detail, help) = if std::mem::take(&mut self.decoding) {
            (FailureKind::Invalid, "a type of the program panicked", "mend its `Deserialize`, `with` or `validate`")
        } else {
            let help = "let `refresh_timeout(…)` or `deadline(…)` of the loader end it before its callers do";
            (FailureKind::TimedOut, "its caller went away before it ended", help)
        };
        let Plan { schema, stage, .. } = &self.load_plan.plan;
        let diagnostic = Diagnostic::new(kind, "", detail, help);
        let failure = Failure { stage: stage.name().to_owned(), source: None, diagnostic };
        Error::unresolved(schema, stage.name(), vec![failure])
    }

    /// How long until something is to be asked for again; `None` where nothing ever is.
    pub(super) fn next_due(&self, now: DualInstant) -> Option<Duration> {
        let behind = (!self.from_snapshot.is_empty()).then(|| SNAPSHOT_CATCH_UP.mul_f64(draw_stretch()));
        self.entries
            .values()
            .map(|turn| turn.pause.saturating_sub(turn.last_asked.duration_until(now)))
            .chain(behind)
            .min()
    }

    /// Fetches, and decodes everything anew. What was known stays known where this fails.
    ///
    /// `None` where nothing was to be asked for.
    ///
    /// # Errors
    ///
    /// Everything that keeps the new values from being served.
    pub(super) async fn refresh<T: ConfigStruct>(
        &mut self,
        which: RefreshScope,
        within: Duration,
    ) -> Result<Option<RefreshResult<T>>, Error> {
        // What was asked for in vain is asked for again.
        self.pending = which.max(self.pending);
        check_runtime(self.load_plan.plan.schema)?;
        let (start, now) = (Instant::now(), DualInstant::now());
        let plan = self.plan_due(now);
        if plan.fields.is_empty() {
            return Ok(None);
        }
        let environment = &self.load_plan.layers.environment;
        let mut fetched = self.backends.fetch(&[&plan], environment, start + within).await?;
        let late = self.take_deferrable(&mut fetched.outcomes);
        let outcomes = merge_outcomes(&self.outcomes, &fetched.outcomes);
        let left = self.find_pending_error::<T>(&outcomes, &late);
        if let Some(error) = left.clone().filter(|_| fetched.outcomes.is_empty()) {
            return Err(error);
        }
        let changed = fetched.outcomes.iter().any(|(request, new)| !is_same_outcome(self.outcomes.get(request), new));
        let decoded = self.decode::<T>(&outcomes, &fetched, start.elapsed())?;
        let stretch = draw_stretch();
        for request in plan.requests() {
            if let Some(turn) = self.entries.get_mut(&request) {
                (turn.last_asked, turn.pause) = (now, turn.interval.mul_f64(stretch));
            }
        }
        (self.outcomes, self.pending) = (outcomes, RefreshScope::Due);
        self.from_snapshot = late.into_keys().collect();
        if self.is_idle() {
            self.outcomes.clear();
        }
        Ok(Some(RefreshResult { decoded, changed, pending_error: left }))
    }

    /// The part of the plan that is to be asked for.
    fn plan_due(&self, now: DualInstant) -> Plan {
        let is_due = |turn: &RefreshEntry| {
            self.pending == RefreshScope::All || turn.last_asked.duration_until(now) >= turn.pause
        };
        self.load_plan.plan.retain_requests(|request: &Request| {
            self.from_snapshot.contains(request) || self.entries.get(request).is_some_and(is_due)
        })
    }

    /// What is old, but good, and came from no store now: what only catches up after a snapshot keeps nothing else from being fresh.
    fn take_deferrable(&self, outcomes: &mut HashMap<Request, Outcome>) -> HashMap<Request, Outcome> {
        let may_wait = |request: &Request| self.from_snapshot.contains(request) && !self.entries.contains_key(request);
        outcomes.extract_if(|request, new| matches!(new, Outcome::Failed(_)) && may_wait(request)).collect()
    }

    /// The error of the fields that need what is late; of those that have another source there is none.
    fn find_pending_error<T: ConfigStruct>(
        &mut self,
        outcomes: &HashMap<Request, Outcome>,
        late: &HashMap<Request, Outcome>,
    ) -> Option<Error> {
        if late.is_empty() {
            return None;
        }
        self.decode::<T>(&merge_outcomes(outcomes, late), &WaveResult::default(), Duration::ZERO).err()
    }

    fn decode<T: ConfigStruct>(
        &mut self,
        outcomes: &HashMap<Request, Outcome>,
        wave: &WaveResult,
        elapsed: Duration,
    ) -> Result<DecodedConfig<T>, Error> {
        let fields = resolve(&self.load_plan.plan, &self.load_plan.layers, outcomes);
        self.decoding = true;
        let decoded = self.load_plan.decode(&fields, wave, elapsed);
        self.decoding = false;
        decoded
    }
}

/// What is known, and newer answers in the place of older ones.
fn merge_outcomes(older: &HashMap<Request, Outcome>, newer: &HashMap<Request, Outcome>) -> HashMap<Request, Outcome> {
    let newer = newer.iter().map(|(request, outcome)| (request.clone(), outcome.clone()));
    older.iter().map(|(request, outcome)| (request.clone(), outcome.clone())).chain(newer).collect()
}

/// How often each address is asked for again that may have another answer.
fn refresh_intervals(plan: &Plan, ttl: Option<Duration>) -> BTreeMap<Request, Duration> {
    let of = |field: &PlannedField| field.spec.refresh_ms.map(Duration::from_millis);
    let is_marked = plan.fields.iter().any(|field| of(field).is_some());
    let mut times = BTreeMap::new();
    for field in &plan.fields {
        let every = match (of(field), ttl) {
            (Some(own), Some(ttl)) => own.min(ttl),
            (Some(own), None) => own,
            (None, Some(ttl)) if !is_marked => ttl,
            (None, _) => continue,
        };
        for arm in field.chain.iter().filter(|arm| can_change(&arm.address)) {
            let shortest = times.entry(Request(arm.address.clone())).or_insert(every);
            *shortest = every.min(*shortest);
        }
    }
    times
}

/// Whether the same address may answer with something else tomorrow. A pinned version does not, nor do a variable, a literal or a
/// file that was embedded. A label moves.
fn can_change(address: &Address) -> bool {
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
fn is_same_outcome(old: Option<&Outcome>, new: &Outcome) -> bool {
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
