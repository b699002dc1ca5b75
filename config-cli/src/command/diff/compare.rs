//! Two readings side by side, as `--json` prints them. No part of a value gets beyond this file.

use serde::Serialize;
use stage_config_core::manage::{ReadField, Reading, State};
use stage_config_core::{FailureKind, Schema};

use crate::session::OneStage;
use crate::shown;

/// Version 1 of the JSON. Keys and words are added without a new version; one that goes or changes its meaning raises it.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    version: u32,
    config: &'static str,
    package: &'static str,
    pub(super) a: String,
    pub(super) b: String,
    pub(super) result: Outcome,
    pub(super) fields: Vec<Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// As far as it can be told.
    Same,
    Different,
    /// Something could not be read.
    Unread,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) field: String,
    pub(super) secret: bool,
    pub(super) result: Comparison,
    /// The same in both, and a secret.
    pub(super) warning: bool,
    pub(super) a: Side,
    pub(super) b: Side,
}

/// In the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Comparison {
    /// A read failed.
    Unread,
    MissingInA,
    MissingInB,
    Different,
    /// Whether it is there, only the deployment or the program knows.
    Unknown,
    Same,
    /// In neither; or a default applies in both.
    MissingInBoth,
}

/// What one stage has.
#[derive(Debug, Serialize)]
pub(super) struct Side {
    pub(super) state: SideState,
    /// The source that has it, or failed; else the chain.
    pub(super) sources: Vec<String>,
    pub(super) failure: Option<SideFailure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SideState {
    Found,
    /// Nothing is there, and the field's default applies.
    Default,
    Missing,
    Unknown,
    Unread,
}

#[derive(Debug, Serialize)]
pub(super) struct SideFailure {
    pub(super) kind: FailureKind,
    pub(super) detail: String,
    pub(super) remedy: String,
}

impl Difference {
    pub(super) fn of(schema: &Schema, a: (&OneStage, &Reading), b: (&OneStage, &Reading)) -> Self {
        let other = |path: &str| b.1.fields.iter().find(|field| field.path == path);
        let fields: Vec<Row> =
            a.1.fields.iter().filter_map(|field| Some(Row::of(field, other(&field.path)?))).collect();
        let worst = fields.iter().map(|row| match row.result {
            Comparison::Unread => Outcome::Unread,
            Comparison::MissingInA | Comparison::MissingInB | Comparison::Different => Outcome::Different,
            Comparison::Unknown | Comparison::Same | Comparison::MissingInBoth => Outcome::Same,
        });
        Self {
            version: 1,
            config: schema.name,
            package: schema.package,
            a: a.0.name().to_owned(),
            b: b.0.name().to_owned(),
            result: worst.max().unwrap_or(Outcome::Same),
            fields,
        }
    }
}

impl Row {
    fn of(one: &ReadField, other: &ReadField) -> Self {
        let (a, b) = (Side::of(one), Side::of(other));
        let secret = one.is_secret() || other.is_secret();
        let result = compared((one, a.state), (other, b.state));
        Self { field: one.path.clone(), secret, result, warning: secret && result == Comparison::Same, a, b }
    }
}

fn compared(one: (&ReadField, SideState), other: (&ReadField, SideState)) -> Comparison {
    use SideState::{Default, Found, Missing, Unknown, Unread};
    match (one.1, other.1) {
        (Unread, _) | (_, Unread) => Comparison::Unread,
        (Unknown, _) | (_, Unknown) => Comparison::Unknown,
        (Found, Found) => match one.0.reads_same(other.0) {
            Some(true) => Comparison::Same,
            _ => Comparison::Different,
        },
        (Missing | Default, Found) => Comparison::MissingInA,
        (Found, Missing | Default) => Comparison::MissingInB,
        (Missing | Default, Missing | Default) => Comparison::MissingInBoth,
    }
}

impl Side {
    fn of(field: &ReadField) -> Self {
        let chain = || field.sources.iter().map(|source| shown::source(source).to_owned()).collect();
        let (state, sources, failure) = match &field.state {
            // A source that comes before and cannot be asked from here may have another value.
            State::Found(_) | State::Unknown if !field.unasked.is_empty() => (SideState::Unknown, chain(), None),
            State::Found(value) => (SideState::Found, vec![shown::source(&value.source).to_owned()], None),
            State::Default(_) => (SideState::Default, chain(), None),
            State::Absent => (SideState::Missing, chain(), None),
            State::Unknown => (SideState::Unknown, chain(), None),
            State::Failed(failure) if failure.kind() == FailureKind::Missing => (SideState::Missing, chain(), None),
            State::Failed(failure) => {
                let source = failure.source().map(|source| shown::source(source).to_owned());
                let detail = failure.detail().to_owned();
                let failure = SideFailure { kind: failure.kind(), detail, remedy: failure.remedy().to_owned() };
                (SideState::Unread, source.into_iter().collect(), Some(failure))
            }
        };
        Self { state, sources, failure }
    }
}
