//! The refresh interval of each address.

use crate::{
    outcome::Request,
    plan::{Plan, PlannedField},
};
use stage_config_grammar::source::{Address, SecretVersion};
use std::{collections::BTreeMap, time::Duration};

/// The shortest interval of a configuration of AppConfig. AppConfig permits no poll within 15 s of
/// the last one (API reference, `StartConfigurationSession`). The jitter shortens an interval by at
/// most a fifth, so this interval never becomes shorter than 15 s. A refresh before 15 s would make
/// no call, and would delay the next call by a whole interval.
const MIN_APP_CONFIG_INTERVAL: Duration = Duration::from_millis(18_750);

/// Returns the refresh interval of each address that can change and that a refreshed field reads.
pub(super) fn compute_refresh_intervals(
    plan: &Plan,
    ttl: Option<Duration>,
) -> BTreeMap<Request, Duration> {
    let own_interval = |field: &PlannedField| field.spec.refresh_ms.map(Duration::from_millis);
    let is_marked = plan
        .fields
        .iter()
        .any(|field| own_interval(field).is_some());

    let mut intervals = BTreeMap::new();
    for field in &plan.fields {
        let interval = match (own_interval(field), ttl) {
            (Some(own), Some(ttl)) => own.min(ttl),
            (Some(own), None) => own,
            (None, Some(ttl)) if !is_marked => ttl,
            (None, _) => continue,
        };
        for source in field
            .chain
            .iter()
            .filter(|source| can_change(&source.address))
        {
            let interval = match source.address {
                Address::AppConfig { .. } => interval.max(MIN_APP_CONFIG_INTERVAL),
                _ => interval,
            };
            let shortest = intervals
                .entry(Request(source.address.clone()))
                .or_insert(interval);
            *shortest = interval.min(*shortest);
        }
    }
    intervals
}

/// Returns whether the value of an address can change. A pinned version, a variable, a literal and
/// an embedded file cannot change; a label can.
fn can_change(address: &Address) -> bool {
    match address {
        Address::Parameter { selector, .. } => !selector
            .as_ref()
            .is_some_and(|selector| selector.bytes().all(|byte| byte.is_ascii_digit())),
        Address::Secret { version, .. } => !matches!(version, Some(SecretVersion::Id(_))),
        Address::ParameterPath { .. } | Address::AppConfig { .. } | Address::Custom { .. } => true,
        Address::KmsEnv { .. }
        | Address::Sealed { .. }
        | Address::Env { .. }
        | Address::Value(_) => false,
    }
}

#[cfg(test)]
mod tests;
