//! Verifies the value or the default of a field without its Rust type.

use super::{ComposedValue, FieldState, Presence, ReadField, ReadValue};
use crate::{
    decode::DecodeError,
    diagnostic::Diagnostic,
    failure::{Failure, FailureKind},
    field_default::new_default_failure,
    help,
    manage::verify::{UnverifiedPart, verify_default, verify_found},
    plan::PlannedField,
};

impl ReadField {
    /// Returns the failure that a load would have, or `None` if no failure is known. A load may
    /// have other failures, which only the program can detect.
    pub(in crate::manage) fn load_failure(&self) -> Option<Failure> {
        match &self.state {
            FieldState::Failed(failure) => Some(failure.clone()),
            _ => self.verify()?.err(),
        }
    }

    /// Checks the text of the field's default against the field's kind. Returns the parts that only
    /// the program can check. Returns `None` if the field has no default, or if its default is an
    /// expression.
    ///
    /// # Errors
    ///
    /// Returns the failure that a load would have if no source had a value.
    #[must_use]
    pub fn verify_default(&self) -> Option<Result<Vec<UnverifiedPart>, Failure>> {
        let PlannedField { path, spec, .. } = &self.planned;
        let verified = verify_default(spec)?;
        Some(verified.map_err(|detail| {
            new_default_failure(&self.stage, path, FailureKind::Undecodable, &detail)
        }))
    }

    /// Checks the value against the field's kind. If the field has no value and its default
    /// applies, checks the text of the default. Returns the parts that only the program can check.
    ///
    /// If there is neither a value nor the text of a default, a load may still call the field's
    /// `validate` function with the default or with `None`. So this function returns
    /// [`UnverifiedPart::Validate`] for a field that has a `validate` function, and `None` for any
    /// other field. It also returns `None` if the field has failed or is undecided, or if an
    /// optional struct around the field is absent.
    ///
    /// # Errors
    ///
    /// Returns the failure that a load would have.
    pub fn verify(&self) -> Option<Result<Vec<UnverifiedPart>, Failure>> {
        let PlannedField { spec, secrecy, .. } = &self.planned;
        let verify_function = || {
            let parts = vec![UnverifiedPart::Validate];
            spec.validated.then_some(Ok(parts))
        };
        match &self.state {
            FieldState::Found(value) => Some(
                verify_found(spec, *secrecy, &value.found)
                    .map_err(|error| self.new_failure(value, &error)),
            ),
            FieldState::Composed(value) => Some(
                verify_found(spec, *secrecy, &value.found)
                    .map_err(|error| self.new_composed_failure(value, error.to_string())),
            ),
            FieldState::Default(_) if self.may_be_present() => {
                self.verify_default().or_else(verify_function)
            }
            FieldState::Unset if self.may_be_present() => verify_function(),
            _ => None,
        }
    }

    /// Returns whether all optional structs around the field may be present.
    fn may_be_present(&self) -> bool {
        !matches!(self.presence, Presence::Absent)
    }

    fn new_composed_failure(&self, value: &ComposedValue, detail: String) -> Failure {
        let PlannedField { path, .. } = &self.planned;
        let help = "correct the template, or the values of its parts";
        Failure {
            stage: self.stage.clone(),
            source: Some(value.template.to_owned()),
            diagnostic: Diagnostic::new(FailureKind::Undecodable, path.clone(), detail, help),
        }
    }

    fn new_failure(&self, value: &ReadValue, error: &DecodeError) -> Failure {
        let PlannedField { path, spec, .. } = &self.planned;
        let source = self.planned.redact_source(&value.source);
        let help = help::for_text(spec, &value.found, &source, error);
        Failure {
            stage: self.stage.clone(),
            source: Some(source),
            diagnostic: Diagnostic::new(
                FailureKind::Undecodable,
                path.clone(),
                error.to_string(),
                help,
            ),
        }
    }
}
