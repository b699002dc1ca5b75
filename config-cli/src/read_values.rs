//! The values of a stage as texts, for `exec` and `export`. Other verbs use the checks and
//! `print_names`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stage_config_core::manage::{ComposedValue, FieldState, ReadField, ReadStage};
use stage_config_core::{Failure, FailureKind};
use stage_config_grammar::source::Address;
use zeroize::Zeroizing;

use crate::cause::is_unread;
use crate::error::CliError;
use crate::session::StageSession;
use crate::{help, output};

/// The values of a stage, and the fields without one.
pub(crate) struct ExportedValues {
    pub(crate) values: Vec<ExportedValue>,
    pub(crate) omitted: Vec<OmittedField>,
}

/// A value, whose memory is wiped.
pub(crate) struct ExportedValue {
    pub(crate) path: String,
    pub(crate) secret: bool,
    pub(crate) text: Zeroizing<String>,
    /// Whether the value is base64, because its bytes are not text.
    pub(crate) encoded: bool,
    /// Whether the value counts as a value in the artifact's code: its source is `value:`, or the
    /// field is composed.
    pub(crate) in_code: bool,
}

/// A field without a value, with the reason.
pub(crate) struct OmittedField {
    pub(crate) path: String,
    pub(crate) reason: OmitReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OmitReason {
    /// The program's default applies. It is a Rust expression and not a value.
    Default,
    /// No source has a value, and no value is needed: the field or a struct around it is optional.
    Absent,
    /// A store of the program's own may have the value, or may have a value that decides whether
    /// the optional struct around the field is present.
    Unknown,
    /// A part of the composed field has failed, or the caller has another value for this part.
    Part,
    /// The value is missing or could not be read, and the caller allows this.
    Missing,
    /// The value counts as a value in the artifact's code. See
    /// [`ExportedValues::omit_code_values`].
    InCode,
}

/// Which failures of reading a stage are errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completeness {
    /// Every failure of a load.
    Complete,
    /// Every value that is missing or could not be read. A value that its type does not accept is
    /// passed on unchanged.
    Readable,
    /// Like `Readable`, but missing values are allowed.
    Partial,
}

impl ExportedValues {
    /// Collects the values that were read. A failure of a field is allowed if `is_replaced` returns
    /// true for the field, because the caller has another value for it.
    pub(crate) fn from_reading(
        reading: &ReadStage,
        stage: &StageSession,
        completeness: Completeness,
        is_replaced: impl Fn(&str) -> bool,
    ) -> Result<Self, CliError> {
        let is_passed_on = |path: &str| {
            let field = reading
                .fields
                .iter()
                .find(|field| field.planned.path() == path);
            field.and_then(to_exported_value).is_some()
        };
        check_load(reading, stage, |failure| {
            let tolerated = match failure.kind() {
                FailureKind::Undecodable => {
                    completeness != Completeness::Complete && is_passed_on(failure.field())
                }
                FailureKind::Missing => completeness == Completeness::Partial,
                _ => false,
            };
            !tolerated && !is_replaced(failure.field())
        })?;
        let mut values = Self {
            values: Vec::new(),
            omitted: Vec::new(),
        };
        for field in &reading.fields {
            // The composed text contains the stored value of the part, not the value of the caller.
            let has_replaced_part = field.planned.parts().any(|part| is_replaced(&part));
            let exported = to_exported_value(field).filter(|_| !has_replaced_part);
            match (exported, &field.state) {
                (Some(value), _) => values.values.push(value),
                (None, state) => {
                    let reason = match state {
                        _ if has_replaced_part || !field.failed_parts.is_empty() => {
                            OmitReason::Part
                        }
                        FieldState::Default(_) => OmitReason::Default,
                        FieldState::Undecided => OmitReason::Unknown,
                        FieldState::Failed(_) => OmitReason::Missing,
                        FieldState::Unset | FieldState::Found(_) | FieldState::Composed(_) => {
                            OmitReason::Absent
                        }
                    };
                    values.omitted.push(OmittedField {
                        path: field.planned.path().to_owned(),
                        reason,
                    });
                }
            }
        }
        Ok(values)
    }

    /// Omits values that count as values in the artifact's code, unless `--prefix` or `--name`
    /// chose the variable. Otherwise the author of an artifact could set any variable to any text
    /// in the process that `exec` runs.
    pub(crate) fn omit_code_values(&mut self, is_chosen: impl Fn(&str) -> bool) {
        let (removed, remaining): (Vec<ExportedValue>, Vec<ExportedValue>) = self
            .values
            .drain(..)
            .partition(|value| value.in_code && !is_chosen(&value.path));
        self.values = remaining;
        let omitted = removed.into_iter().map(|value| OmittedField {
            path: value.path,
            reason: OmitReason::InCode,
        });
        self.omitted.extend(omitted);
    }

    /// Prints the fields whose values are passed on in base64, and the omitted fields that have or
    /// may have a value.
    pub(crate) fn print_notes(&self) {
        let encoded = self
            .values
            .iter()
            .filter(|value| value.encoded)
            .map(|value| value.path.as_str());
        print_names(
            "note: values that are not text are passed on in base64",
            encoded,
        );
        for (reason, explanation) in [
            (
                OmitReason::InCode,
                "the artifact's code decides their text; `--prefix` or `--name` gives them a variable",
            ),
            (OmitReason::Default, "the program uses its default"),
            (
                OmitReason::Unknown,
                "only the program can ask its own store",
            ),
            (
                OmitReason::Part,
                "a part of the composed field has failed, or has another value in the program",
            ),
        ] {
            print_names(
                &format!("note: left out, since {explanation}"),
                self.omitted_because(reason),
            );
        }
    }

    /// Returns the fields that were omitted for this reason.
    pub(crate) fn omitted_because(&self, reason: OmitReason) -> impl Iterator<Item = &str> {
        self.omitted
            .iter()
            .filter(move |field| field.reason == reason)
            .map(|field| field.path.as_str())
    }
}

/// Prints `label: a, b`, unless the list is empty.
pub(crate) fn print_names<'a>(label: &str, names: impl Iterator<Item = &'a str>) {
    let names: Vec<&str> = names.collect();
    if !names.is_empty() {
        output::eprint_line(&format!("{label}: {}", names.join(", ")));
    }
}

/// Returns the value of a field as text for an environment variable or a file, or `None` if the
/// field has no value.
pub(crate) fn to_exported_value(field: &ReadField) -> Option<ExportedValue> {
    let value = match &field.state {
        FieldState::Found(value) => value,
        FieldState::Composed(value) => return export_composed(field, value),
        _ => return None,
    };
    let bytes = value.bytes()?;
    let text = value.to_portable_text(field.planned.spec());
    Some(ExportedValue {
        path: field.planned.path().to_owned(),
        secret: field.is_secret(),
        encoded: text.is_none(),
        text: text.unwrap_or_else(|| Zeroizing::new(STANDARD.encode(bytes))),
        in_code: matches!(value.source.address, Address::Value(_)),
    })
}

/// Returns a composed value as text. It counts as a value in the artifact's code, because its
/// template may contain any text.
fn export_composed(field: &ReadField, value: &ComposedValue) -> Option<ExportedValue> {
    Some(ExportedValue {
        path: field.planned.path().to_owned(),
        secret: field.is_secret(),
        encoded: false,
        text: Zeroizing::new(value.text()?.to_owned()),
        in_code: true,
    })
}

/// Checks that these fields of the stage could be read, whether they have a value or not.
pub(crate) fn check_read(
    reading: &ReadStage,
    stage: &StageSession,
    is_included: impl Fn(&str) -> bool,
) -> Result<(), CliError> {
    check_load(reading, stage, |failure| {
        is_unread(failure.kind()) && is_included(failure.field())
    })
    .map_err(CliError::into_undetermined)
}

/// Checks that a load of the stage would not fail, as far as this can be determined without the
/// program. Only the failures for which `is_relevant` returns `true` are errors. The exit status is
/// 2 if all these failures are unanswered ([`FailureKind::is_unanswered`]), else 1.
pub(crate) fn check_load(
    reading: &ReadStage,
    stage: &StageSession,
    is_relevant: impl Fn(&Failure) -> bool,
) -> Result<(), CliError> {
    let Some(error) = reading.load_error(&stage.plan, is_relevant) else {
        return Ok(());
    };
    let place = format!(
        "configuration `{}`, stage `{}`",
        stage.plan.schema().name,
        stage.name()
    );
    let problem = CliError::from_library(&place, &error, |failure| {
        let field = stage
            .plan
            .planned_fields()
            .iter()
            .find(|field| field.path() == failure.field());
        let help = field.map(|field| help::for_failure(stage, field, failure));
        (
            failure.message(),
            help.unwrap_or_else(|| failure.help().clone()),
        )
    });
    let is_incomplete = error
        .failures()
        .iter()
        .any(|failure| !failure.kind().is_unanswered());
    Err(if is_incomplete {
        problem.into_failed()
    } else {
        problem
    })
}
