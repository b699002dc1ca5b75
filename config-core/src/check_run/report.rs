//! The report that the program writes: the result of each field, without a value.

use super::request::{CheckRequest, VERSION};
use crate::{
    diagnostic::Help,
    error::Error,
    failure::FailureKind,
    report::{FieldReport, Origin, Report},
};
#[cfg(feature = "manage")]
use serde::Deserialize;
use serde::Serialize;

/// The program's report on one stage of one configuration. It contains no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "manage", derive(Deserialize))]
#[non_exhaustive]
pub struct ProgramReport {
    /// The version of the format.
    pub version: u32,
    /// The stage that was checked.
    pub stage: String,
    /// The local file, or `memory`, that replaced every remote store.
    pub local: Option<String>,
    /// The fields, in the order of their declaration.
    pub fields: Vec<ProgramField>,
    /// The fields that failed. The path is empty if the struct as a whole failed.
    pub failures: Vec<ProgramFailure>,
    /// The error of the load, if it failed before it read any field.
    pub error: Option<ProgramError>,
}

/// The origin of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "manage", derive(Deserialize))]
#[non_exhaustive]
pub struct ProgramField {
    /// The path of the field, as in `mail.password`.
    pub field: String,
    /// Whether the value is secret.
    pub secret: bool,
    /// Whether the field has a value, and where the value comes from.
    pub outcome: ProgramOutcome,
    /// The source, the name of the provider, the variable, or the key in the local file that the
    /// value came from. For a failed field, this is the source that failed, or all sources that
    /// were tried. For a default, this is `None`.
    pub source: Option<String>,
    /// The version of the stored value that was read.
    pub version: Option<String>,
}

/// Whether a field has a value in the program, and where the value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "manage", derive(Deserialize))]
#[serde(rename_all = "snake_case")]
pub enum ProgramOutcome {
    /// A value of one of the field's sources, or of the local values that replace them.
    Source,
    /// A value of a provider that the program passes to the loader, or of the variable
    /// `STAGE_CONFIG_SET__…`.
    Layer,
    /// A value of the snapshot, which replaced the field's source.
    Snapshot,
    /// A text that was composed of the values of other fields.
    Composed,
    /// The field's own default.
    Default,
    /// No value, and the field is optional.
    Unset,
    /// The field failed.
    Failed,
}

/// One field that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "manage", derive(Deserialize))]
#[non_exhaustive]
pub struct ProgramFailure {
    /// The path of the field.
    pub field: String,
    /// The source that failed, or all sources that were tried.
    pub source: Option<String>,
    /// The cause.
    pub kind: FailureKind,
    /// Details beyond the kind.
    pub detail: String,
    /// A description of a value that the program accepts, if another value must be stored.
    pub expected: Option<String>,
    /// The source where such a value must be stored.
    pub place: Option<String>,
    /// What the user should do about it.
    pub help: String,
}

/// The error of a load that failed before it read any field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "manage", derive(Deserialize))]
#[non_exhaustive]
pub struct ProgramError {
    /// What happened.
    pub detail: String,
    /// What the user should do about it.
    pub help: String,
}

impl ProgramReport {
    /// Creates the report from the result of [`Loader::check`](crate::Loader::check).
    pub(super) fn new(request: &CheckRequest, result: &Result<Report, Error>) -> Self {
        let empty = Self {
            version: VERSION,
            stage: request.stage.clone(),
            local: None,
            fields: Vec::new(),
            failures: Vec::new(),
            error: None,
        };
        match result {
            Ok(report) => Self {
                local: report.local.clone(),
                fields: report.fields.iter().map(ProgramField::new).collect(),
                failures: report.failures.iter().map(ProgramFailure::new).collect(),
                ..empty
            },
            Err(error) => Self {
                error: Some(ProgramError::new(error)),
                ..empty
            },
        }
    }

    /// Parses the content of a report file.
    ///
    /// # Errors
    ///
    /// Returns an error if the content is not a report of this version. The error contains no part
    /// of the content.
    #[cfg(feature = "manage")]
    pub fn parse(content: &[u8]) -> Result<Self, ParseError> {
        match serde_json::from_slice::<Self>(content) {
            Ok(report) if report.version == VERSION => Ok(report),
            _ => Err(ParseError),
        }
    }
}

/// The error for a file that is not a report of this version.
#[cfg(feature = "manage")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseError;

impl ProgramField {
    fn new(report: &FieldReport) -> Self {
        let outcome = match report.origin {
            Origin::Source | Origin::Local => ProgramOutcome::Source,
            Origin::Set | Origin::Override | Origin::Defaults => ProgramOutcome::Layer,
            Origin::Snapshot => ProgramOutcome::Snapshot,
            Origin::Composed => ProgramOutcome::Composed,
            Origin::Default => ProgramOutcome::Default,
            Origin::Unset => ProgramOutcome::Unset,
            Origin::Failed(_) => ProgramOutcome::Failed,
        };
        // For a default, the report names the expression in the code, which is not a source.
        let source = report
            .source
            .clone()
            .filter(|_| outcome != ProgramOutcome::Default);
        Self {
            field: report.field.clone(),
            secret: report.secret,
            outcome,
            source,
            version: report.version.clone(),
        }
    }
}

impl ProgramFailure {
    fn new(failure: &crate::Failure) -> Self {
        let (expected, place) = match failure.help() {
            Help::ChangeValue { expected, source } => {
                (Some(expected.clone()), Some(source.clone()))
            }
            _ => (None, None),
        };
        Self {
            field: failure.field().to_owned(),
            source: failure.source().map(str::to_owned),
            kind: failure.kind(),
            detail: failure.detail().to_owned(),
            expected,
            place,
            help: failure.help().to_string(),
        }
    }
}

impl ProgramError {
    fn new(error: &Error) -> Self {
        let mut detail = error.detail().to_owned();
        for mistake in error.mistakes() {
            detail.push_str("; ");
            detail.push_str(&mistake.to_string());
        }
        // An error of the plan lists the fields that caused it.
        for failure in error.failures() {
            detail.push_str("; ");
            detail.push_str(&failure.message());
        }
        Self {
            detail,
            help: error.help().to_string(),
        }
    }
}
