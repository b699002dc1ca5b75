//! The errors of a call to KMS.

use super::{SealedError, SealedErrorKind};
use crate::{
    diagnostic::{Diagnostic, Help},
    failure::FailureKind,
    outcome::Outcome,
};
use stage_config_grammar::arn::is_arn;

/// A call to KMS.
pub(in crate::sealed) struct KmsCall<'a> {
    pub(in crate::sealed) action: &'static str,
    pub(in crate::sealed) key: Option<&'a str>,
    pub(in crate::sealed) context: &'a [(&'static str, &'a str)],
}

impl KmsCall<'_> {
    /// Returns the encryption context as text, such as `{"app": "payments", "stage": "prod"}`. The
    /// names and values of a context contain no quotes.
    fn format_context(&self) -> String {
        let pairs: Vec<_> = self
            .context
            .iter()
            .map(|(name, value)| format!("{name:?}: {value:?}"))
            .collect();
        format!("{{{}}}", pairs.join(", "))
    }

    /// Returns the error for KMS's answer. `subject` is the file, or KMS itself.
    pub(in crate::sealed) fn to_error(&self, outcome: Outcome, subject: String) -> SealedError {
        let key = self.key.unwrap_or("the key");
        let failed = |kind, detail: &str, transient| {
            let (kind, problem, help) = self.describe_failure(kind, key);
            let diagnostic = Diagnostic::new(
                SealedErrorKind::Kms(kind),
                subject.clone(),
                append_detail(&problem, detail),
                help,
            );
            SealedError {
                diagnostic: Box::new(diagnostic),
                resource: None,
                transient,
                has_own_help: false,
            }
        };
        match outcome {
            Outcome::Denied(denied) => {
                // The call may name the denied key even if the answer does not.
                let resource = denied
                    .resource
                    .or_else(|| self.key.filter(|key| is_arn(key)).map(str::to_owned));
                let grant = Help::Grant {
                    action: self.action.to_owned(),
                    resource: resource.as_deref().unwrap_or(key).to_owned(),
                    or_decrypt: false,
                };
                let help = grant.also(format!(
                    "the encryption context is {}",
                    self.format_context()
                ));
                let detail = append_detail("KMS refuses the call", &denied.detail);
                let kind = SealedErrorKind::Kms(FailureKind::Denied);
                SealedError {
                    diagnostic: Box::new(Diagnostic::new(kind, subject, detail, help)),
                    resource,
                    transient: false,
                    has_own_help: false,
                }
            }
            Outcome::Failed(failure) => {
                let mut error = failed(failure.kind, &failure.detail, failure.transient);
                if let Some(help) = failure.help {
                    error.diagnostic.help = *help;
                    error.has_own_help = true;
                }
                error
            }
            Outcome::Missing | Outcome::Found(_) => failed(FailureKind::InvalidAnswer, "", false),
        }
    }

    fn describe_failure(&self, kind: FailureKind, key: &str) -> (FailureKind, String, Help) {
        let (detail, help): (String, Help) = match kind {
            FailureKind::WrongContext => (
                format!(
                    "KMS cannot decrypt it with the context {}: it was encrypted with another \
                     context, or it is damaged",
                    self.format_context()
                ),
                "restore the file from git".into(),
            ),
            FailureKind::WrongKey => {
                // Only an existing ciphertext can belong to another key.
                let alternative = if self.action == "kms:Decrypt" {
                    ", or another key encrypted the file"
                } else {
                    ""
                };
                (
                    format!("KMS cannot find the key{alternative}: {key}"),
                    "check the name of the key, its region and its account".into(),
                )
            }
            FailureKind::KeyUnusable => (
                format!("the key cannot be used: {key}"),
                Help::run(format!("aws kms enable-key --key-id {key}"))
                    .also("or `aws kms cancel-key-deletion`"),
            ),
            FailureKind::Throttled => (
                "KMS throttles the calls".to_owned(),
                "try again, or raise the quota".into(),
            ),
            FailureKind::TimedOut | FailureKind::Unavailable => (
                "KMS cannot be reached".to_owned(),
                "check the network (VPC endpoint, DNS, proxy)".into(),
            ),
            FailureKind::Credentials => (
                "there are no usable AWS credentials".to_owned(),
                "provide AWS credentials and a region, for example with `AWS_PROFILE`".into(),
            ),
            _ => {
                let detail = "KMS refuses the request, or its answer is invalid".to_owned();
                let help = "check the key's name, and whether an endpoint variable or a proxy \
                            sends the call elsewhere";
                return (FailureKind::InvalidAnswer, detail, help.into());
            }
        };
        (kind, detail, help)
    }
}

fn append_detail(problem: &str, detail: &str) -> String {
    if detail.is_empty() {
        problem.to_owned()
    } else {
        format!("{problem} ({detail})")
    }
}
