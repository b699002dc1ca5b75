//! The requests of a live configuration: when each is due, and how a refresh fetches them. Only the
//! leader of a single flight uses the refresher.

use crate::{
    backends::Backends,
    backoff::draw_jitter,
    config_struct::ConfigStruct,
    decoded_config::DecodedConfig,
    diagnostic::Diagnostic,
    dual_instant::DualInstant,
    error::Error,
    failure::{Failure, FailureKind},
    fetch::{TimeBudget, WaveResult},
    fetched_config::FetchedConfig,
    load_plan::LoadPlan,
    outcome::{Outcome, Request},
    plan::Plan,
    resolve::{FieldOutcome, ResolvedFields, resolve},
    runtime::check_runtime,
    spans,
};
use intervals::compute_refresh_intervals;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

/// The maximum `ttl`: short enough to be multiplied by the jitter.
const LONGEST_TTL: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// The time between a load from a snapshot and the next requests to the stores, unless an address
/// is due earlier. It is multiplied by the jitter.
const SNAPSHOT_CATCH_UP: Duration = Duration::from_secs(5 * 60);

/// The plan of a configuration, the last outcomes of its stores, and the time of the next request
/// for each address.
pub(super) struct Refresher {
    load_plan: LoadPlan,
    backends: Arc<Backends>,
    outcomes: HashMap<Request, Outcome>,
    entries: BTreeMap<Request, RefreshEntry>,
    /// The requests that a snapshot answered instead of a store. The next refresh includes all of
    /// them.
    from_snapshot: HashSet<Request>,
    /// The scope of a failed refresh, which the next one must cover too.
    pending: RefreshScope,
    /// Set while user code (`Deserialize`, `with`, `validate`) runs; still set if that code
    /// panicked.
    decoding: bool,
}

/// The time at which one address is requested again.
struct RefreshEntry {
    interval: Duration,
    last_requested: DualInstant,
    /// `interval`, multiplied by the jitter of the load or refresh that last requested the address.
    pause: Duration,
}

/// The addresses that a refresh requests, in addition to those that the snapshot answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RefreshScope {
    /// The addresses that are due.
    Due,
    /// All addresses with a refresh interval: those that can change and that a refreshed field
    /// reads.
    All,
}

/// The result of a refresh that fetched something.
pub(super) struct RefreshResult<T> {
    pub(super) decoded: DecodedConfig<T>,
    /// The fields whose values differ from the previous ones, in the order of their declaration.
    pub(super) changed_fields: Vec<String>,
    /// The error of the fields that still come from the snapshot.
    pub(super) pending_error: Option<Error>,
}

impl Refresher {
    /// Creates a refresher. `ttl` is an upper bound for the interval of each marked field. If no
    /// field is marked, it is the interval of all fields.
    pub(super) fn new(fetched: FetchedConfig, ttl: Option<Duration>) -> Self {
        let FetchedConfig {
            mut load_plan,
            backends,
            wave,
            ..
        } = fetched;
        let LoadPlan { plan, layers, .. } = &mut load_plan;
        // Local values replace all stores, so no value can change.
        let intervals = if layers.local.is_some() {
            BTreeMap::new()
        } else {
            compute_refresh_intervals(plan, ttl.map(|ttl| ttl.min(LONGEST_TTL)))
        };

        layers.environment = layers
            .environment
            .capture(plan.fields.iter().flat_map(|field| &field.chain));

        let (now, jitter) = (DualInstant::now(), draw_jitter());
        let new_entry = |interval: Duration| RefreshEntry {
            interval,
            last_requested: now,
            pause: interval.mul_f64(jitter),
        };
        let entries: BTreeMap<Request, RefreshEntry> = intervals
            .into_iter()
            .map(|(request, interval)| (request, new_entry(interval)))
            .collect();

        let mut refresher = Self {
            load_plan,
            backends,
            outcomes: HashMap::new(),
            entries,
            from_snapshot: wave.from_snapshot.clone(),
            pending: RefreshScope::Due,
            decoding: false,
        };
        if !refresher.is_idle() {
            let outcome =
                |request: Request| Some((request.clone(), wave.outcomes.get(&request)?.clone()));
            let requests = refresher.load_plan.plan.requests();
            refresher.outcomes = requests.filter_map(outcome).collect();
        }
        refresher.release_if_idle();
        refresher
    }

    /// Drops the values if no address will be requested again: those in the outcomes, and those in
    /// the sessions of the backends.
    fn release_if_idle(&mut self) {
        if self.is_idle() {
            self.outcomes.clear();
            self.backends = Arc::default();
        }
    }

    /// Returns whether no address will be requested again.
    pub(super) fn is_idle(&self) -> bool {
        self.entries.is_empty() && self.from_snapshot.is_empty()
    }

    /// Returns the error of a refresh that did not end, because its caller was cancelled or user
    /// code panicked.
    pub(super) fn take_abort_error(&mut self) -> Option<Error> {
        let (kind, detail, help) = if std::mem::take(&mut self.decoding) {
            (
                FailureKind::Invalid,
                "code of the program panicked while it decoded or validated a value",
                "correct the `Deserialize`, `with` or `validate` that panicked",
            )
        } else {
            let help = "set `refresh_timeout(…)` or `timeout(…)` of the loader to less time than \
                        the callers wait for the refresh";
            (
                FailureKind::TimedOut,
                "the caller of the refresh was cancelled before the refresh ended",
                help,
            )
        };

        let Plan { schema, stage, .. } = &self.load_plan.plan;
        let diagnostic = Diagnostic::new(kind, "", detail, help);
        let failure = Failure {
            stage: stage.name().to_owned(),
            source: None,
            diagnostic,
        };
        Error::unresolved(schema, stage.name(), vec![failure])
    }

    /// Returns the span of a refresh.
    pub(super) fn new_span(&self) -> tracing::Span {
        spans::new_refresh_span(&self.load_plan.plan)
    }

    /// Returns the time until the next request is due; `None` if no address will be requested
    /// again.
    pub(super) fn next_due(&self, now: DualInstant) -> Option<Duration> {
        let catch_up =
            (!self.from_snapshot.is_empty()).then(|| SNAPSHOT_CATCH_UP.mul_f64(draw_jitter()));
        self.entries
            .values()
            .map(|entry| {
                entry
                    .pause
                    .saturating_sub(entry.last_requested.duration_until(now))
            })
            .chain(catch_up)
            .min()
    }

    /// Fetches the requests in the scope, those in the scope of a failed refresh, and those that
    /// the snapshot answered. Then decodes the whole configuration again. If a step fails, the
    /// known outcomes stay.
    ///
    /// Returns `None` if there is no request to fetch.
    ///
    /// # Errors
    ///
    /// Returns every failure that prevents the new values from being served.
    pub(super) async fn refresh<T: ConfigStruct>(
        &mut self,
        scope: RefreshScope,
        timeout: Duration,
        span: &tracing::Span,
    ) -> Result<Option<RefreshResult<T>>, Error> {
        // Include the scope of a failed refresh.
        self.pending = scope.max(self.pending);

        check_runtime(self.load_plan.plan.schema)?;
        let (start, now) = (Instant::now(), DualInstant::now());
        let plan = self.plan_due(now);
        if plan.fields.is_empty() {
            return Ok(None);
        }

        let environment = &self.load_plan.layers.environment;
        let mut fetched = self
            .backends
            .fetch(&[&plan], environment, TimeBudget::new(start, timeout))
            .await?;
        spans::record_calls(span, &fetched.calls);
        let deferred = self.take_deferrable(&mut fetched.outcomes);

        let outcomes = merge_outcomes(&self.outcomes, &fetched.outcomes);
        let pending_error = self.find_pending_error::<T>(&outcomes, &deferred);
        if let Some(error) = pending_error
            .clone()
            .filter(|_| fetched.outcomes.is_empty())
        {
            return Err(error);
        }

        let fields = self.resolve(&outcomes);
        let changed_fields = self.find_changed_fields(&fields);
        let decoded = self.decode::<T>(&fields, &fetched, start.elapsed())?;

        let jitter = draw_jitter();
        for request in plan.requests() {
            if let Some(entry) = self.entries.get_mut(&request) {
                (entry.last_requested, entry.pause) = (now, entry.interval.mul_f64(jitter));
            }
        }

        (self.outcomes, self.pending) = (outcomes, RefreshScope::Due);
        self.from_snapshot = deferred.into_keys().collect();
        self.release_if_idle();
        Ok(Some(RefreshResult {
            decoded,
            changed_fields,
            pending_error,
        }))
    }

    /// Returns the part of the plan that this refresh requests.
    fn plan_due(&self, now: DualInstant) -> Plan {
        let is_due = |entry: &RefreshEntry| {
            self.pending == RefreshScope::All
                || entry.last_requested.duration_until(now) >= entry.pause
        };
        self.load_plan.plan.retain_requests(|request: &Request| {
            self.from_snapshot.contains(request) || self.entries.get(request).is_some_and(is_due)
        })
    }

    /// Removes and returns the requests that failed now, whose values come from the snapshot, and
    /// that have no refresh interval. Such a request must not prevent the refresh of the other
    /// fields.
    fn take_deferrable(
        &self,
        outcomes: &mut HashMap<Request, Outcome>,
    ) -> HashMap<Request, Outcome> {
        let may_wait = |request: &Request| {
            self.from_snapshot.contains(request) && !self.entries.contains_key(request)
        };
        outcomes
            .extract_if(|request, new| matches!(new, Outcome::Failed(_)) && may_wait(request))
            .collect()
    }

    /// Returns the error of the fields that need the `deferred` requests. A field with a value in
    /// another source causes no error.
    fn find_pending_error<T: ConfigStruct>(
        &mut self,
        outcomes: &HashMap<Request, Outcome>,
        deferred: &HashMap<Request, Outcome>,
    ) -> Option<Error> {
        if deferred.is_empty() {
            return None;
        }
        let fields = self.resolve(&merge_outcomes(outcomes, deferred));
        self.decode::<T>(&fields, &WaveResult::default(), Duration::ZERO)
            .err()
    }

    fn resolve(&self, outcomes: &HashMap<Request, Outcome>) -> ResolvedFields {
        resolve(&self.load_plan.plan, &self.load_plan.layers, outcomes)
    }

    /// Returns the fields whose new value differs from the known one. A field does not change if
    /// only other keys of its JSON text have changed.
    fn find_changed_fields(&self, new: &ResolvedFields) -> Vec<String> {
        let old = self.resolve(&self.outcomes);
        let planned = &self.load_plan.plan.fields;
        planned
            .iter()
            .filter(|field| {
                !old.get(&field.path)
                    .zip(new.get(&field.path))
                    .is_some_and(|(old, new)| is_same_value(&old.outcome, &new.outcome))
            })
            .map(|field| field.path.clone())
            .collect()
    }

    fn decode<T: ConfigStruct>(
        &mut self,
        fields: &ResolvedFields,
        wave: &WaveResult,
        elapsed: Duration,
    ) -> Result<DecodedConfig<T>, Error> {
        self.decoding = true;
        let decoded = self.load_plan.decode(fields, wave, elapsed);
        self.decoding = false;
        decoded
    }
}

/// Merges the outcomes; a newer one replaces an older one.
fn merge_outcomes(
    older: &HashMap<Request, Outcome>,
    newer: &HashMap<Request, Outcome>,
) -> HashMap<Request, Outcome> {
    let newer = newer
        .iter()
        .map(|(request, outcome)| (request.clone(), outcome.clone()));
    older
        .iter()
        .map(|(request, outcome)| (request.clone(), outcome.clone()))
        .chain(newer)
        .collect()
}

/// Returns whether a field has the same value with either outcome. Versions are not compared,
/// because the same text may be stored twice.
fn is_same_value(old: &FieldOutcome, new: &FieldOutcome) -> bool {
    match (old, new) {
        (FieldOutcome::Found { found: old, .. }, FieldOutcome::Found { found: new, .. }) => {
            old.content == new.content
        }
        (FieldOutcome::Missing(_), FieldOutcome::Missing(_)) => true,
        _ => false,
    }
}

mod intervals;
