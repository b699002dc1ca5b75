//! Fetches the values that the plans of a load need. A [`FetchedConfig`] is complete and immutable.

#[cfg(feature = "kms")]
use crate::snapshot::{self, SnapshotOptions};
use crate::{
    backends::Backends,
    config_struct::ConfigStruct,
    decoded_config::DecodedConfig,
    error::Error,
    fetch::{TimeBudget, WaveResult},
    load_plan::LoadPlan,
    metrics::LoadMetrics,
    plan::Plan,
    platform::Platform,
    report::{CallReport, CallTotals, Report},
    resolve::{ResolvedFields, resolve},
    runtime::check_runtime,
    spans,
    store::environment::Environment,
    struct_decoder::DecodeResults,
    variables::{self, TimeoutVariable},
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

/// The maximum timeout: longer than any caller waits, and short enough to add to an `Instant`.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The program's options that determine how a load fetches.
pub(crate) struct FetchOptions {
    pub(crate) backends: Backends,
    pub(crate) timeout: Option<Duration>,
    /// The value of `STAGE_CONFIG_TIMEOUT`. It is read once per load, so the wait for another load
    /// and the load itself use the same value.
    pub(crate) timeout_variable: TimeoutVariable,
    default_timeout: Duration,
    #[cfg(feature = "kms")]
    pub(crate) snapshot: SnapshotOptions,
}

impl FetchOptions {
    /// Returns the defaults, with the timeout variable of this process.
    pub(crate) fn from_environment() -> Self {
        Self {
            backends: Backends::default(),
            timeout: None,
            timeout_variable: variables::read_timeout(),
            default_timeout: Platform::current().default_timeout(),
            #[cfg(feature = "kms")]
            snapshot: SnapshotOptions::default(),
        }
    }

    /// Returns how long a whole load may take. The variable takes precedence over the program's
    /// option. [`prepare`](crate::load_plan::prepare) reports a variable that does not parse.
    pub(crate) fn effective_timeout(&self) -> Duration {
        let variable = self.timeout_variable.as_ref().ok().copied().flatten();
        let timeout = variable
            .or(self.timeout)
            .unwrap_or(self.default_timeout)
            .min(MAX_TIMEOUT);
        #[cfg(feature = "lambda")]
        let timeout = crate::after_restore::limit_timeout(timeout);
        timeout
    }
}

/// Fetches several configurations in one wave. The timeout counts from `start`.
pub(crate) async fn fetch(
    plans: Vec<LoadPlan>,
    options: FetchOptions,
    start: Instant,
) -> Result<Vec<FetchedConfig>, Error> {
    let Some(first) = plans.first() else {
        return Ok(Vec::new());
    };
    check_runtime(first.plan.schema)?;

    let timeout = options.effective_timeout();
    let budget = TimeBudget::new(start, timeout);

    let remote = plans
        .iter()
        .filter(|load_plan| load_plan.layers.local.is_none());
    let remote: Vec<&Plan> = remote.map(|load_plan| &load_plan.plan).collect();
    let backends = Arc::new(options.backends);
    let wave = backends.prepare_wave(&remote, &Environment::Process)?;

    let span = spans::new_load_span(plans.iter().map(|load_plan| &load_plan.plan));
    #[cfg(feature = "kms")]
    let results = snapshot::fetch(&wave, &plans, options.snapshot, start, budget);
    #[cfg(not(feature = "kms"))]
    let results = async { vec![Arc::new(wave.ask(|_| true, budget).await); plans.len()] };
    let results = results.instrument(span.clone()).await;
    record_results(&span, &results);

    let to_fetched = |(load_plan, wave): (LoadPlan, Arc<WaveResult>)| FetchedConfig {
        fields: resolve(&load_plan.plan, &load_plan.layers, &wave.outcomes),
        load_plan,
        backends: backends.clone(),
        timeout,
        wave,
        elapsed: start.elapsed(),
        span: span.clone(),
    };

    Ok(plans.into_iter().zip(results).map(to_fetched).collect())
}

/// Records the calls in the span of the load, and whether the load used a snapshot.
fn record_results(span: &Span, results: &[Arc<WaveResult>]) {
    if let Some((first, others)) = results.split_first() {
        spans::record_calls(span, distinct_calls(first, others));
    }
    let snapshot = results.iter().any(|wave| wave.has_used_snapshot());
    span.record("snapshot", snapshot);
}

/// Returns each call once. The configurations of a load share the calls to the stores, so several
/// results contain the same calls. Only a call that opens a snapshot belongs to a single
/// configuration.
fn distinct_calls<'a>(
    first: &'a Arc<WaveResult>,
    others: &'a [Arc<WaveResult>],
) -> impl Iterator<Item = &'a CallReport> {
    let others = others.iter().filter(|wave| !Arc::ptr_eq(wave, first));
    let own = others.flat_map(|wave| &wave.calls);
    let own = own.filter(|call| !first.calls.contains(call));
    first.calls.iter().chain(own)
}

/// One configuration, fetched and resolved.
pub(crate) struct FetchedConfig {
    pub(crate) load_plan: LoadPlan,
    /// A refresh uses the backends to fetch some of the requests again.
    pub(crate) backends: Arc<Backends>,
    /// The timeout of a whole load.
    pub(crate) timeout: Duration,
    /// The result of the wave, which several configurations may share.
    pub(crate) wave: Arc<WaveResult>,
    pub(crate) fields: ResolvedFields,
    elapsed: Duration,
    /// The span of the load, which ends after the decoding.
    span: Span,
}

impl FetchedConfig {
    /// Returns a configuration whose plan needs no request.
    #[cfg(feature = "testing")]
    pub(crate) fn without_values(load_plan: LoadPlan) -> Self {
        Self {
            load_plan,
            backends: Arc::default(),
            timeout: Platform::current().default_timeout(),
            wave: Arc::default(),
            fields: ResolvedFields::new(),
            elapsed: Duration::ZERO,
            span: Span::none(),
        }
    }

    /// Decodes the values, as [`LoadPlan::decode`] does. Writes the metrics if a variable requests
    /// them.
    pub(crate) fn decode<T: ConfigStruct>(&self) -> Result<DecodedConfig<T>, Error> {
        let decode = || {
            self.load_plan
                .decode(&self.fields, &self.wave, self.elapsed)
        };
        let decoded = self.span.in_scope(decode);
        if let Err(error) = &decoded {
            self.span.record("error", error.kind().as_str());
        }
        if self.load_plan.writes_metrics {
            self.write_metrics(decoded.is_err());
        }
        decoded
    }

    fn write_metrics(&self, failed: bool) {
        let Plan { schema, stage, .. } = &self.load_plan.plan;
        LoadMetrics {
            config: schema.name,
            stage: stage.name(),
            elapsed: self.elapsed,
            totals: CallTotals::sum(&self.wave.calls),
            fallback: stage.is_fallback(),
            snapshot: self.wave.has_used_snapshot(),
            failed,
        }
        .write();
    }

    /// Decodes every field, and returns the report but not the values.
    pub(crate) fn check<T: ConfigStruct>(&self) -> Report {
        let mut results = DecodeResults::new(self.load_plan.plan.stage.name());
        results.verifies_defaults = true;
        drop(self.load_plan.build::<T>(&self.fields, &mut results));
        self.load_plan
            .build_report(results, &self.wave, self.elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, Mistake};

    #[test]
    fn the_calls_of_several_configurations_are_counted_once() {
        let call = |operation: &str| CallReport {
            scheme: "ssm".to_owned(),
            operation: operation.to_owned(),
            region: None,
            names: Vec::new(),
            start: Duration::ZERO,
            elapsed: Duration::ZERO,
            retries: 0,
            throttles: 0,
        };
        let wave = |operations: &[&str]| {
            Arc::new(WaveResult {
                calls: operations.iter().map(|one| call(one)).collect(),
                ..WaveResult::default()
            })
        };
        let list = |first: &Arc<WaveResult>, others: &[Arc<WaveResult>]| -> Vec<String> {
            let calls = distinct_calls(first, others);
            calls.map(|call| call.operation.clone()).collect()
        };

        let shared = wave(&["GetParameters", "BatchGetSecretValue"]);
        for others in [vec![], vec![shared.clone()]] {
            assert_eq!(
                list(&shared, &others),
                ["GetParameters", "BatchGetSecretValue"]
            );
        }
        let opened = [wave(&["GetParameters", "BatchGetSecretValue", "Decrypt"])];
        let all = ["GetParameters", "BatchGetSecretValue", "Decrypt"];
        assert_eq!(list(&shared, &opened), all);
        assert_eq!(list(&opened[0], &[shared]), all);
    }

    #[test]
    fn the_timeout_is_the_variable_or_the_option_or_the_default_up_to_a_maximum() {
        let seconds = Duration::from_secs;
        let not_a_duration = Mistake::new(ErrorKind::Options, "", "it is not a duration", "");
        for (variable, option, timeout) in [
            (Ok(Some(seconds(3))), Some(seconds(5)), seconds(3)),
            (Ok(None), Some(seconds(5)), seconds(5)),
            (Err(not_a_duration), Some(seconds(5)), seconds(5)),
            (Ok(None), None, seconds(30)),
            (Ok(None), Some(Duration::MAX), MAX_TIMEOUT),
        ] {
            let options = FetchOptions {
                timeout: option,
                timeout_variable: variable,
                default_timeout: seconds(30),
                ..FetchOptions::from_environment()
            };
            assert_eq!(options.effective_timeout(), timeout);
        }
    }
}
