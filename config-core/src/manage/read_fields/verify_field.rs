//! Verifies the value or the default of a field without its Rust type.

use super::{FieldState, ReadField};
use crate::{
    diagnostic::Diagnostic,
    failure::{Failure, FailureKind},
    help,
    manage::verify::{UnverifiedPart, verify_default, verify_found},
    plan::PlannedField,
};

impl ReadField {
    /// Returns the failure that a load would have, or `None` if no failure is known. Some failures
    /// are known only to the program.
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
        Some(verified.map_err(|detail| Failure {
            stage: self.stage.clone(),
            source: None,
            diagnostic: Diagnostic::new(
                FailureKind::Undecodable,
                path.clone(),
                format!("its default: {detail}"),
                help::CORRECT_DEFAULT,
            ),
        }))
    }

    /// Checks the value, or the text of the default that applies, against the field's kind. Returns
    /// the parts that only the program can check. Returns `None` if there is neither, unless a
    /// `validate` function receives the default or `None`.
    ///
    /// # Errors
    ///
    /// Returns the failure that a load would have.
    pub fn verify(&self) -> Option<Result<Vec<UnverifiedPart>, Failure>> {
        let value = match &self.state {
            FieldState::Found(value) => value,
            FieldState::Default(_) if self.may_be_present && self.verify_default().is_some() => {
                return self.verify_default();
            }
            FieldState::Default(_) | FieldState::Unset
                if self.planned.spec.validated && self.may_be_present =>
            {
                return Some(Ok(vec![UnverifiedPart::Validate]));
            }
            _ => return None,
        };
        let PlannedField {
            path,
            spec,
            secrecy,
            ..
        } = &self.planned;
        Some(
            verify_found(spec, *secrecy, &value.found).map_err(|detail| {
                let source = self.planned.redact_source(&value.source);
                let help = help::for_text(spec.shape.kind, &source);
                Failure {
                    stage: self.stage.clone(),
                    source: Some(source),
                    diagnostic: Diagnostic::new(
                        FailureKind::Undecodable,
                        path.clone(),
                        detail,
                        help,
                    ),
                }
            }),
        )
    }
}
