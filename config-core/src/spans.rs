//! The `tracing` spans. The documentation of the crate `stage-config` lists their names and fields,
//! which are stable. No field contains a value.

use crate::{
    outcome::Outcome,
    plan::Plan,
    report::{CallReport, CallTotals},
};
use std::collections::BTreeSet;
use tracing::{Span, field::Empty, info_span};

/// Returns the span of a load, from the first call to the end of decoding.
pub(crate) fn new_load_span<'a>(plans: impl Iterator<Item = &'a Plan> + Clone) -> Span {
    let configs: Vec<&str> = plans.clone().map(|plan| plan.schema.name).collect();
    let stages: BTreeSet<&str> = plans.clone().map(|plan| plan.stage.name()).collect();
    let stages: Vec<&str> = stages.into_iter().collect();
    let (config, stage) = (configs.join(", "), stages.join(", "));
    let fallback = plans.clone().any(|plan| plan.stage.is_fallback());
    info_span!(
        target: "stage_config",
        "stage_config.load",
        config,
        stage,
        fallback,
        calls = Empty,
        retries = Empty,
        throttles = Empty,
        snapshot = Empty,
        error = Empty,
    )
}

/// Returns the span of a refresh.
pub(crate) fn new_refresh_span(plan: &Plan) -> Span {
    info_span!(
        target: "stage_config",
        "stage_config.refresh",
        config = plan.schema.name,
        stage = plan.stage.name(),
        calls = Empty,
        retries = Empty,
        throttles = Empty,
        error = Empty,
    )
}

/// Returns the span of a call with its retries.
pub(crate) fn new_call_span(
    scheme: &str,
    operation: &str,
    region: Option<&str>,
    names: usize,
) -> Span {
    info_span!(
        target: "stage_config",
        "stage_config.call",
        scheme,
        operation,
        region,
        names,
        retries = Empty,
        throttles = Empty,
        failed = Empty,
    )
}

/// Records the calls of a load or a refresh.
pub(crate) fn record_calls<'a>(span: &Span, calls: impl IntoIterator<Item = &'a CallReport>) {
    let totals = CallTotals::sum(calls);
    span.record("calls", totals.calls);
    span.record("retries", totals.retries);
    span.record("throttles", totals.throttles);
}

/// Records the result of a call.
pub(crate) fn record_call(span: &Span, retries: u32, throttles: u32, outcomes: &[Outcome]) {
    let failed = outcomes
        .iter()
        .filter(|one| !one.is_found_or_missing())
        .count();
    span.record("retries", retries);
    span.record("throttles", throttles);
    span.record("failed", failed);
}
