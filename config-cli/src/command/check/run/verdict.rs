//! Merges the program's verdict on one field into the check of the field.

use stage_config_core::manage::{ProgramFailure, ProgramField, ProgramOutcome};
use stage_config_core::{Diagnostic, FailureKind, Help, PlannedField};
use stage_config_grammar::source::{Address, Source};

use crate::command::check::examine::describe_uncertain;
use crate::command::check::report::{
    CheckWarning, CheckWarningKind, FieldCheck, FieldFailureKind, FieldResult, UnverifiedItem,
    UnverifiedKind, Verifier,
};
use crate::session::StageSession;
use crate::{help, invocation, redact};

/// The verdict of the program on one field.
pub(super) struct FieldVerdict<'a> {
    pub(super) stage: &'a StageSession,
    pub(super) planned: &'a PlannedField,
    /// The field in the report of the program.
    pub(super) reported: &'a ProgramField,
    pub(super) failure: Option<&'a ProgramFailure>,
}

/// Returns whether a variable of the deployment may change the field. The program has read the
/// variables of this machine.
pub(super) fn depends_on_deployment(check: &FieldCheck) -> bool {
    check
        .unverified
        .iter()
        .any(|item| item.verified_by == Verifier::Deployment)
}

/// Returns whether a failure is about a default that does not apply, because this field has a
/// value. A load accepts the field.
pub(super) fn is_unused_default(field: &ProgramField, failure: &ProgramFailure) -> bool {
    field.field == failure.field && field.outcome != ProgramOutcome::Failed
}

impl FieldVerdict<'_> {
    pub(super) fn apply(&self, check: &mut FieldCheck) {
        check.secret |= self.reported.secret;
        let (unused_default, failure) = match self.failure {
            Some(failure) if is_unused_default(self.reported, failure) => (Some(failure), None),
            failure => (None, failure),
        };
        if let Some(failure) = unused_default {
            self.add_default_warning(failure, check);
        }
        match (failure, self.reported.outcome) {
            // A snapshot may have other values than the stores.
            (None, ProgramOutcome::Snapshot | ProgramOutcome::Failed) => {}
            (failure, _) if self.is_unverifiable(check) => self.apply_uncertain(failure, check),
            (Some(failure), _) => self.add_failure(failure, check),
            (None, _) => self.confirm(check),
        }
    }

    fn is_unverifiable(&self, check: &FieldCheck) -> bool {
        depends_on_deployment(check) || self.needs_function_name()
    }

    /// Returns whether a value is encrypted for a function. The program runs without the name of
    /// the function.
    fn needs_function_name(&self) -> bool {
        let is_of_lambda = |source: &Source| {
            matches!(
                source.address,
                Address::KmsEnv {
                    lambda_context: true,
                    ..
                }
            )
        };
        self.planned.chain().iter().any(is_of_lambda)
    }

    /// Returns whether the program has used the source that the check has found.
    fn is_same_source(&self, source: Option<&str>, check: &FieldCheck) -> bool {
        let used = source.map(|source| self.display(source));
        used.is_some() && used == check.source
    }

    /// Applies the verdict on a field that a variable of the deployment may change. Only the
    /// verdict on the value that the check has found is certain.
    fn apply_uncertain(&self, failure: Option<&ProgramFailure>, check: &mut FieldCheck) {
        match failure {
            None if self.is_same_source(self.reported.source.as_deref(), check) => {
                remove_program_items(check);
            }
            Some(failure)
                if is_refused(failure.kind)
                    && self.is_same_source(failure.source.as_deref(), check) =>
            {
                remove_program_items(check);
                let source = check.source.clone().unwrap_or_default();
                check.result = FieldResult::Unknown;
                check.unverified.push(UnverifiedItem {
                    kind: UnverifiedKind::Source,
                    verified_by: Verifier::Deployment,
                    detail: describe_uncertain(&source, failure.kind, &failure.detail),
                });
            }
            _ => {}
        }
    }

    /// Warns about a default that does not apply, unless the check has warned already.
    fn add_default_warning(&self, failure: &ProgramFailure, check: &mut FieldCheck) {
        let is_known = |warning: &CheckWarning| warning.kind == CheckWarningKind::Default;
        if !check.warnings.iter().any(is_known) {
            check.warnings.push(Diagnostic::new(
                CheckWarningKind::Default,
                "",
                failure.detail.clone(),
                self.choose_help(failure),
            ));
        }
    }

    /// Applies a failure of the load. If the check has found the field wrong, keeps the failure of
    /// the check, because the help of the check is better.
    fn add_failure(&self, failure: &ProgramFailure, check: &mut FieldCheck) {
        remove_program_items(check);
        let is_answered = !failure.kind.is_unanswered();
        if check.result == FieldResult::Wrong && check.failure.is_some() {
            return;
        }
        check.result = if is_answered {
            FieldResult::Wrong
        } else {
            FieldResult::Unchecked
        };
        if let Some(source) = &failure.source {
            check.source = self.find_source(source).map(redact::display_source);
        }
        check.failure = Some(Diagnostic::new(
            FieldFailureKind::Load(failure.kind),
            "",
            failure.detail.clone(),
            self.choose_help(failure),
        ));
    }

    fn choose_help(&self, failure: &ProgramFailure) -> Help {
        let library = match (&failure.expected, &failure.place) {
            (Some(expected), Some(source)) => Help::ChangeValue {
                expected: expected.clone(),
                source: source.clone(),
            },
            _ => failure.help.clone().into(),
        };
        let source = failure
            .source
            .as_deref()
            .and_then(|source| self.find_source(source));
        match source {
            Some(source) if is_refused(failure.kind) => {
                help::replace_value(self.stage, self.planned, source, &library)
            }
            _ => invocation::complete(library),
        }
    }

    /// Applies the verdict on a field that a load accepts.
    fn confirm(&self, check: &mut FieldCheck) {
        remove_program_items(check);
        let is_plaintext = check
            .failure
            .as_ref()
            .is_some_and(|failure| failure.kind == FieldFailureKind::Plaintext);
        if !is_plaintext {
            check.failure = None;
            check.result = match self.reported.outcome {
                ProgramOutcome::Default => FieldResult::Default,
                ProgramOutcome::Unset => FieldResult::Absent,
                _ if check.unverified.is_empty() => FieldResult::Ok,
                _ => FieldResult::Exists,
            };
        }
        let source = self.reported.source.as_deref();
        if !self.is_same_source(source, check) {
            check.source = source.map(|source| self.display(source));
            check.value_version = self.reported.version.clone();
        }
    }

    fn find_source(&self, text: &str) -> Option<&Source> {
        let mut chain = self.planned.chain().iter();
        chain.find(|source| source.to_string() == text)
    }

    /// Returns the text that messages show for `text`, which is a source of the field, or the name
    /// of a Figment provider.
    fn display(&self, text: &str) -> String {
        match self.find_source(text) {
            Some(source) => redact::display_source(source),
            None => text.to_owned(),
        }
    }
}

/// Returns whether the type or `validate` refused the value.
fn is_refused(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Undecodable | FailureKind::Invalid)
}

fn remove_program_items(check: &mut FieldCheck) {
    check
        .unverified
        .retain(|item| item.verified_by != Verifier::Program);
}
