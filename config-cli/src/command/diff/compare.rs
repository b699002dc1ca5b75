//! The comparison of two stages, as `--json` prints it. No part of a value leaves this file.

use serde::Serialize;
use stage_config_core::manage::{FieldState, ReadField};
use stage_config_core::{Diagnostic, FailureKind, Schema};

use crate::session::StageSession;
use crate::{help, redact};

/// The JSON output of `diff`, in version 2. The version changes only if a key or a word of the
/// output is removed, or if its meaning changes.
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
    /// Whether both stages have the same secret. `false` for a composed field, whose parts have
    /// their own warnings.
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
    /// This command cannot determine the value of the field in one of the stages.
    Unknown,
    Same,
    /// No source of either stage has a value. A default may apply.
    MissingInBoth,
}

/// The state of a field in one stage, without its value.
#[derive(Debug, Serialize)]
pub(super) struct DiffSide {
    pub(super) state: DiffSideState,
    /// The source that has the value, or the template of a composed field. After a failure, the
    /// source that failed, if it is known. In all other states, the whole chain.
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

/// One of the two stages, with the fields that were read from it.
#[derive(Clone, Copy)]
pub(super) struct StageReading<'a> {
    pub(super) stage: &'a StageSession,
    pub(super) fields: &'a [ReadField],
}

impl StageReading<'_> {
    /// Returns the field of this stage that has the same path as `other`.
    fn find_field(&self, other: &ReadField) -> Option<&ReadField> {
        self.fields
            .iter()
            .find(|field| field.planned.path() == other.planned.path())
    }
}

impl StageDiff {
    pub(super) fn new(schema: &Schema, a: StageReading<'_>, b: StageReading<'_>) -> Self {
        let compare_field = |field_a| {
            let field_b = b.find_field(field_a)?;
            let side_a = DiffSide::new(a.stage, field_a);
            let side_b = DiffSide::new(b.stage, field_b);
            Some(FieldDiff::new((field_a, side_a), (field_b, side_b)))
        };
        let fields: Vec<FieldDiff> = a.fields.iter().filter_map(compare_field).collect();
        let results = fields.iter().map(|row| match row.result {
            FieldDiffResult::Unread => DiffResult::Unread,
            FieldDiffResult::MissingInA
            | FieldDiffResult::MissingInB
            | FieldDiffResult::Different => DiffResult::Different,
            FieldDiffResult::Unknown | FieldDiffResult::Same | FieldDiffResult::MissingInBoth => {
                DiffResult::Same
            }
        });
        Self {
            version: 2,
            config: schema.name,
            package: schema.package,
            a: a.stage.name().to_owned(),
            b: b.stage.name().to_owned(),
            result: results.max().unwrap_or(DiffResult::Same),
            fields,
        }
    }
}

impl FieldDiff {
    /// Compares a field of two stages.
    fn new((field_a, a): (&ReadField, DiffSide), (field_b, b): (&ReadField, DiffSide)) -> Self {
        let secret = field_a.is_secret() || field_b.is_secret();
        let result = compare(field_a, a.state, field_b, b.state);
        Self {
            field: field_a.planned.path().to_owned(),
            secret,
            result,
            // The parts of a composed field have their own warnings.
            warning: secret
                && result == FieldDiffResult::Same
                && field_a.planned.spec().compose.is_none(),
            a,
            b,
        }
    }
}

fn compare(
    field_a: &ReadField,
    state_a: DiffSideState,
    field_b: &ReadField,
    state_b: DiffSideState,
) -> FieldDiffResult {
    use DiffSideState::{Default, Found, Missing, Unknown, Unread};
    match (state_a, state_b) {
        (Unread, _) | (_, Unread) => FieldDiffResult::Unread,
        (Unknown, _) | (_, Unknown) => FieldDiffResult::Unknown,
        (Found, Found) => match field_a.is_same_as(field_b) {
            Some(true) => FieldDiffResult::Same,
            _ => FieldDiffResult::Different,
        },
        (Missing | Default, Found) => FieldDiffResult::MissingInA,
        (Found, Missing | Default) => FieldDiffResult::MissingInB,
        (Missing | Default, Missing | Default) => FieldDiffResult::MissingInBoth,
    }
}

impl DiffSide {
    fn new(stage: &StageSession, field: &ReadField) -> Self {
        let chain = || redact::display_chain(field.planned.chain());
        let (state, sources, failure) = match &field.state {
            // An earlier source that this command cannot read may have another value.
            FieldState::Found(_) | FieldState::Undecided
                if !field.unreachable_sources.is_empty() =>
            {
                (DiffSideState::Unknown, chain(), None)
            }
            FieldState::Found(value) => (
                DiffSideState::Found,
                vec![redact::display_source(&value.source)],
                None,
            ),
            FieldState::Composed(value) => {
                (DiffSideState::Found, vec![value.template.to_owned()], None)
            }
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
                (
                    DiffSideState::Unread,
                    source.into_iter().collect(),
                    Some(failure),
                )
            }
        };
        Self {
            state,
            sources,
            failure,
        }
    }
}
