//! The error of the functions in `manage`.

use crate::{
    aws::classify,
    diagnostic::{Diagnostic, Help},
    failure::FailureKind,
    help,
    outcome::{Failed, Outcome},
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use stage_config_grammar::arn::is_kms_arn;
use stage_config_grammar::source::Source;

/// The error of a function in `manage`: the failed operation or its subject, the cause and the
/// help. It never contains a value.
pub type ManageError = Diagnostic<FailureKind>;

/// The help for a command that would replace an existing value, secret or file, but has no
/// `--overwrite`.
pub const ADD_OVERWRITE: &str = "add `--overwrite` to replace it";

impl ManageError {
    /// Creates the error of a call that the caller sent with its own client. `action` is the
    /// operation, as in `lambda:GetFunction`; `subject` is its target. The error contains no part
    /// of the service's message except the ARNs of a denied call.
    pub fn from_call<E: ProvideErrorMetadata>(
        action: &str,
        subject: &str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self {
        Self::from_outcome(action, subject, classify(error))
    }

    /// Creates an error from an outcome. `action` is the operation, as in `ssm:PutParameter`;
    /// `subject` is its target.
    pub(super) fn from_outcome(action: &str, subject: &str, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Denied(denied) => {
                let resource = denied
                    .resource
                    .or_else(|| find_resource(subject))
                    .unwrap_or_else(|| subject.to_owned());
                let help = if is_kms_arn(&resource) {
                    format!("allow the use of `{resource}`").into()
                } else {
                    Help::Grant {
                        action: action.to_owned(),
                        resource,
                        or_decrypt: false,
                    }
                };
                Self::new(
                    FailureKind::Denied,
                    subject,
                    format!("denied: {}", denied.detail),
                    help,
                )
            }
            Outcome::Failed(failed) => Self::from_failure(action, subject, &failed),
            Outcome::Missing => Self::new(
                FailureKind::Missing,
                "",
                format!("{subject} does not exist"),
                "check its name",
            ),
            Outcome::Found(_) => Self::new(
                FailureKind::InvalidAnswer,
                subject,
                format!("{action} returned no answer"),
                "try again",
            ),
        }
    }

    /// Creates the error of an identity whose credentials cannot be loaded. `subject` names the
    /// identity.
    pub(super) fn from_credentials_failure(subject: &str, failed: &Failed) -> Self {
        Self::new(
            failed.kind,
            subject,
            failed.detail.clone(),
            choose_help(failed),
        )
    }

    pub(super) fn from_failure(action: &str, subject: &str, failed: &Failed) -> Self {
        let colon = if failed.detail.is_empty() { "" } else { ": " };
        let detail = format!("{action}: {}{colon}{}", failed.kind, failed.detail);
        Self::new(failed.kind, subject, detail, choose_help(failed))
    }
}

/// If the subject is a source, returns the resource that a policy must name to allow reading it.
/// Returns `None` for any other subject.
fn find_resource(subject: &str) -> Option<String> {
    let source = Source::parse(subject, &[]).ok()?;
    help::grant_resource(&source.address)
}

/// Adds a help to a failure that has none, if the call was throttled or timed out, or if the
/// credentials are unusable. For these kinds of failures, the help of a load is for the developer
/// of the program, who has other options than the user of a tool.
pub(super) fn add_tool_help(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(failed)
            if failed.help.is_none()
                && matches!(
                    failed.kind,
                    FailureKind::Throttled | FailureKind::TimedOut | FailureKind::Credentials
                ) =>
        {
            let help = help_for(failed.kind);
            Outcome::Failed(failed.with_help(help))
        }
        other => other,
    }
}

/// Returns the help of the failure, or else the help of its kind.
fn choose_help(failed: &Failed) -> Help {
    match &failed.help {
        Some(help) => (**help).clone(),
        None => help_for(failed.kind).into(),
    }
}

fn help_for(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Throttled => "wait a moment, and try again",
        FailureKind::TimedOut | FailureKind::Unavailable => {
            "check the network (endpoint, proxy, DNS) and the region"
        }
        FailureKind::Credentials => {
            "sign in, or name the identity: --profile, --role-arn, --region, AWS_PROFILE, \
             AWS_REGION, or [package.metadata.stage.STAGE] in Cargo.toml"
        }
        FailureKind::KeyUnusable | FailureKind::WrongKey => {
            "check the KMS key: it must exist in this region and be enabled"
        }
        _ => "check the name, the region and the account",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Denied;

    /// A tool has neither `Loader::timeout` nor an execution role.
    #[test]
    fn a_failed_call_gets_a_help_for_the_user_of_a_tool() {
        for (kind, words) in [
            (FailureKind::Throttled, "try again"),
            (FailureKind::TimedOut, "check the network"),
            (FailureKind::Credentials, "--region"),
        ] {
            let outcome = add_tool_help(Outcome::Failed(Failed::new(kind, "")));
            let Outcome::Failed(Failed {
                help: Some(help), ..
            }) = outcome
            else {
                panic!("{kind} has no help")
            };
            assert!(help.to_string().contains(words), "{help}");
        }
    }

    #[test]
    fn an_existing_help_is_not_replaced() {
        let failed = Failed::new(FailureKind::Credentials, "").with_help("name a region");
        let Outcome::Failed(kept) = add_tool_help(Outcome::Failed(failed.clone())) else {
            panic!("it is a failure")
        };
        assert_eq!(kept, failed);
    }

    #[test]
    fn the_help_of_a_denied_call_names_the_resource_for_a_policy() {
        let denied = || Outcome::Denied(Denied::default());
        for (subject, resource) in [
            (
                "secret:dev/db",
                "arn:aws:secretsmanager:REGION:ACCOUNT:secret:dev/db-??????",
            ),
            ("/dev/db", "arn:aws:ssm:REGION:ACCOUNT:parameter/dev/db"),
            ("the credentials", "the credentials"),
        ] {
            let help = ManageError::from_outcome("a:B", subject, denied()).help;
            assert_eq!(help.to_string(), format!("allow `a:B` on `{resource}`"));
        }
    }
}
