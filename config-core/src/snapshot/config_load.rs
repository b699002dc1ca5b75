//! One configuration of a load that may use snapshots.

use super::{candidate::SnapshotCandidate, error::SnapshotError, usable::OpenedSnapshot};
use crate::{
    backends::Wave,
    failure::FailureKind,
    fetch::TimeBudget,
    load_plan::LoadPlan,
    outcome::{Outcome, Request},
    report::SnapshotState,
    resolve::resolve,
};
use std::collections::{BTreeMap, HashMap};

/// One configuration of a load.
pub(super) struct ConfigLoad<'a> {
    pub(super) plan: &'a LoadPlan,
    pub(super) candidate: SnapshotCandidate,
    pub(super) opened: Option<OpenedSnapshot>,
}

impl ConfigLoad<'_> {
    pub(super) fn has_no_snapshot(&self) -> bool {
        matches!(self.candidate, SnapshotCandidate::Absent)
    }

    /// Decodes these outcomes, and returns the kind of each failure.
    pub(super) fn decode_failures(&self, outcomes: &HashMap<Request, Outcome>) -> Vec<FailureKind> {
        let LoadPlan {
            plan,
            layers,
            decode_check,
            ..
        } = self.plan;
        decode_check(plan, &resolve(plan, layers, outcomes))
    }

    /// Opens the snapshot if there is one. An unusable snapshot gives only its report. `reason`
    /// says why the load tries to use the snapshot.
    pub(super) async fn open(&mut self, wave: &Wave, budget: TimeBudget, reason: String) {
        let mut opened = match &self.candidate {
            SnapshotCandidate::Absent => return,
            SnapshotCandidate::Unusable(report) => OpenedSnapshot {
                report: report.clone(),
                outcomes: HashMap::new(),
                call: None,
            },
            SnapshotCandidate::Usable(snapshot) => snapshot.open(wave, budget).await,
        };
        opened.report = opened.report.with_reason(reason);
        self.opened = Some(opened);
    }

    /// Marks the opened snapshot as unusable if its values do not fit the struct. Such a snapshot
    /// was written for another struct. A request that no store answered, or whose answer was cut
    /// off, is not a defect of the snapshot.
    pub(super) fn check(&mut self, fetched: &HashMap<Request, Outcome>) {
        let answered = fetched
            .iter()
            .filter(|(_, outcome)| outcome.is_found_or_missing());
        let answered = answered
            .map(|(request, outcome)| (request.clone(), outcome.clone()))
            .collect();
        // A request without an outcome, for which `resolve` returns `InvalidRequest`, is not a
        // defect of the snapshot.
        let is_defect = |kind: &FailureKind| *kind != FailureKind::InvalidRequest;
        let defects = match &self.opened {
            Some(opened) if opened.report.is_used() => {
                let failures = self.decode_failures(&self.merge_outcomes(&answered));
                failures.into_iter().filter(is_defect).collect::<Vec<_>>()
            }
            _ => return,
        };

        if let Some(opened) = self.opened.as_mut().filter(|_| !defects.is_empty()) {
            let stage = self.plan.plan.stage.name();
            let detail = format!(
                "its values do not fit the struct: {}",
                count_by_kind(&defects)
            );
            opened.report = opened
                .report
                .clone()
                .with_error(SnapshotError::with_new_snapshot(
                    SnapshotState::OtherSchema,
                    stage,
                    detail,
                ));
            opened.outcomes.clear();
        }
    }

    /// Merges the outcomes of the stores with those of the opened snapshot. The snapshot takes
    /// precedence.
    pub(super) fn merge_outcomes(
        &self,
        fetched: &HashMap<Request, Outcome>,
    ) -> HashMap<Request, Outcome> {
        let mut outcomes = fetched.clone();
        outcomes.extend(
            self.opened
                .iter()
                .flat_map(|opened| opened.outcomes.clone()),
        );
        outcomes
    }

    pub(super) fn needs(&self, request: &Request) -> bool {
        self.plan.plan.requests().any(|own| own == *request)
    }

    /// Returns whether the configuration needs the request and has no usable snapshot that provides
    /// it.
    pub(super) fn needs_store(&self, request: &Request) -> bool {
        self.needs(request) && !self.candidate.has_request(request)
    }

    /// Returns whether the configuration needs the request and the snapshot has not answered it.
    pub(super) fn lacks_answer(&self, request: &Request) -> bool {
        let has_answer = self
            .opened
            .as_ref()
            .is_some_and(|opened| opened.outcomes.contains_key(request));
        self.needs(request) && !has_answer
    }
}

/// Returns for example `2 fields throttled, 1 field timed out`.
pub(super) fn count_by_kind(failures: &[FailureKind]) -> String {
    let mut counts = BTreeMap::<FailureKind, usize>::new();
    for kind in failures {
        *counts.entry(*kind).or_default() += 1;
    }

    let parts = counts.into_iter().map(|(kind, count)| {
        let fields = if count == 1 { "field" } else { "fields" };
        format!("{count} {fields} {kind}")
    });
    parts.collect::<Vec<_>>().join(", ")
}
