//! Compares two stages, as `--json` prints them. No part of a value leaves this file.

use serde::Serialize;
use stage_config_core::manage::{FieldState, ReadField, ReadStage};
use stage_config_core::{Diagnostic, FailureKind, Schema};

use crate::session::StageSession;
use crate::{help, redact};

/// Version 2 of the JSON. New keys and words do not change the version. Removing one or changing
/// its meaning does.
#[derive(Debug, Serialize)]
pub(super) struct StageDiff {
    version: u32,
    config: &'static str,
    package: &'static str,
    pub(super) a: String,
    pub(super) b: String,
    pub(super) result: DiffResult,
    pub(super) fields: Vec<FieldDiff>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DiffResult {
    /// No difference is known.
    Same,
    Different,
    /// A value could not be read.
    Unread,
}

#[derive(Debug, Serialize)]
pub(super) struct FieldDiff {
    pub(super) field: String,
    pub(super) secret: bool,
    pub(super) result: FieldDiffResult,
    /// Whether both stages have the same secret.
    pub(super) warning: bool,
    pub(super) a: DiffSide,
    pub(super) b: DiffSide,
}

/// The result of a field, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FieldDiffResult {
    /// A read failed.
    Unread,
    MissingInA,
    MissingInB,
    Different,
    /// Only the deployment or the program knows whether the value exists.
    Unknown,
    Same,
    /// Neither stage has a value, or a default applies in both.
    MissingInBoth,
}

/// The value of one stage.
#[derive(Debug, Serialize)]
pub(super) struct DiffSide {
    pub(super) state: DiffSideState,
    /// The source that has the value or failed; otherwise the chain.
    pub(super) sources: Vec<String>,
    pub(super) failure: Option<Diagnostic<FailureKind>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DiffSideState {
    Found,
    /// No source has a value, and the field's default applies.
    Default,
    Missing,
    Unknown,
    Unread,
}

impl StageDiff {
    pub(super) fn new(schema: &Schema, a: (&StageSession, &ReadStage), b: (&StageSession, &ReadStage)) -> Self {
        let other = |path: &str| b.1.fields.iter().find(|field| field.planned.path() == path);
        let fields: Vec<FieldDiff> = a
            .1
            .fields
            .iter()
            .filter_map(|field| Some(FieldDiff::new((a.0.name(), field), (b.0.name(), other(field.planned.path())?))))
            .collect();
        let worst = fields.iter().map(|row| match row.result {
            FieldDiffResult::Unread => DiffResult::Unread,
            FieldDiffResult::MissingInA | FieldDiffResult::MissingInB | FieldDiffResult::Different => {
                DiffResult::Different
            }
            FieldDiffResult::Unknown | FieldDiffResult::Same | FieldDiffResult::MissingInBoth => DiffResult::Same,
        });
        Self {
            version: 2,
            config: schema.name,
            package: schema.package,
            a: a.0.name().to_owned(),
            b: b.0.name().to_owned(),
            result: worst.max().unwrap_or(DiffResult::Same),
            fields,
        }
    }
}

impl FieldDiff {
    /// Compares a field in two stages, each with its name.
    fn new(one: (&str, &ReadField), other: (&str, &ReadField)) -> Self {
        let (a, b) = (DiffSide::new(one.0, one.1), DiffSide::new(other.0, other.1));
        let secret = one.1.is_secret() || other.1.is_secret();
        let result = compare((one.1, a.state), (other.1, b.state));
        Self {
            field: one.1.planned.path().to_owned(),
            secret,
            result,
            warning: secret && result == FieldDiffResult::Same,
            a,
            b,
        }
    }
}

fn compare(one: (&ReadField, DiffSideState), other: (&ReadField, DiffSideState)) -> FieldDiffResult {
    use DiffSideState::{Default, Found, Missing, Unknown, Unread};
    match (one.1, other.1) {
        (Unread, _) | (_, Unread) => FieldDiffResult::Unread,
        (Unknown, _) | (_, Unknown) => FieldDiffResult::Unknown,
        (Found, Found) => match one.0.is_same_as(other.0) {
            Some(true) => FieldDiffResult::Same,
            _ => FieldDiffResult::Different,
        },
        (Missing | Default, Found) => FieldDiffResult::MissingInA,
        (Found, Missing | Default) => FieldDiffResult::MissingInB,
        (Missing | Default, Missing | Default) => FieldDiffResult::MissingInBoth,
    }
}

impl DiffSide {
    fn new(stage: &str, field: &ReadField) -> Self {
        let chain = || redact::display_chain(field.planned.chain());
        let (state, sources, failure) = match &field.state {
            // An earlier source that this command cannot read may have another value.
            FieldState::Found(_) | FieldState::Undecided if !field.unreachable_sources.is_empty() => {
                (DiffSideState::Unknown, chain(), None)
            }
            FieldState::Found(value) => (DiffSideState::Found, vec![redact::display_source(&value.source)], None),
            FieldState::Default(_) => (DiffSideState::Default, chain(), None),
            FieldState::Unset => (DiffSideState::Missing, chain(), None),
            FieldState::Undecided => (DiffSideState::Unknown, chain(), None),
            FieldState::Failed(failure) if failure.kind() == FailureKind::Missing => {
                (DiffSideState::Missing, chain(), None)
            }
            FieldState::Failed(failure) => {
                let source = field.failed_source().map(redact::display_source);
                let help = help::for_failure(stage, &field.planned, failure);
                let failure = Diagnostic::new(failure.kind(), "", failure.detail(), help);
                (DiffSideState::Unread, source.into_iter().collect(), Some(failure))
            }
        };
        Self { state, sources, failure }
    }
}
