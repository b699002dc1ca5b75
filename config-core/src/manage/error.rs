//! The error of the functions in `manage`.

use crate::{
    aws::classify,
    diagnostic::{Diagnostic, Help},
    failure::FailureKind,
    outcome::{Failed, Outcome},
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use stage_config_grammar::arn::is_kms_arn;

/// The error of a function in `manage`: the failed operation or its subject, the cause and the
/// help. It never contains a value.
pub type ManageError = Diagnostic<FailureKind>;

/// The help for a value, secret or file that a command must not replace without `--overwrite`.
pub const ADD_OVERWRITE: &str = "add `--overwrite` to replace it";

impl ManageError {
    /// Creates the error of a call with a client of the caller's own. `action` is the operation, as
    /// in `lambda:GetFunction`; `subject` is its target. Nothing of the service's message is
    /// shown, except the ARNs of a denied call.
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
                let resource = denied.resource.as_deref().unwrap_or(subject);
                let help = if is_kms_arn(resource) {
                    format!("allow the use of `{resource}`").into()
                } else {
                    Help::Grant {
                        action: action.to_owned(),
                        resource: resource.to_owned(),
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

/// Returns the help of the failure, or that of its kind.
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
