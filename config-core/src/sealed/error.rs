//! What can be wrong with a sealed file, and what mends it.

use super::{key_path, value_path};
use crate::{
    failure::FailureKind,
    one_line::OneLine,
    outcome::{Denied, Failed, Outcome},
};
use std::fmt::{self, Write as _};

/// Why a sealed file cannot be written, checked or opened.
///
/// `Display` says which file, what is wrong, and the command that mends it. It holds no plaintext, no ciphertext and no byte
/// of a key; `Debug` prints the same.
///
/// ```
/// use stage_config::sealed::{SealedErrorKind, StageKey};
///
/// let error = StageKey::parse("-----BEGIN CERTIFICATE-----").unwrap_err();
/// assert_eq!(error.kind(), SealedErrorKind::Malformed);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SealedError {
    kind: SealedErrorKind,
    subject: String,
    detail: String,
    help: String,
    /// The ARN that a refusal named.
    resource: Option<String>,
    /// Another try may end better.
    transient: bool,
}

/// What sort of mistake a [`SealedError`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealedErrorKind {
    /// The file has not the form of a sealed file: cut off, merged, edited.
    Malformed,
    /// A later version of this crate wrote the file.
    UnsupportedVersion,
    /// The file belongs to another app.
    WrongApp,
    /// The file belongs to another stage.
    WrongStage,
    /// The file was sealed under another name.
    WrongName,
    /// The value was sealed for another key pair than the stage's.
    WrongKey,
    /// The file is not what was sealed, though its headers look right; or the public half of a stage's key was exchanged.
    Tampered,
    /// The file or the value is longer than a mebibyte, or the wrapped key longer than KMS takes.
    TooLarge,
    /// A name of an app, a stage, a file or a KMS key that cannot be one.
    InvalidName,
    /// KMS does not decrypt the key with the app and the stage of the file.
    WrongContext,
    /// The KMS key is not the one that wrapped, or does not exist.
    WrongKmsKey,
    /// The KMS key is disabled, or waits for its deletion.
    KmsKeyUnusable,
    /// KMS refuses these credentials.
    Denied,
    /// KMS refuses for now.
    Throttled,
    /// KMS could not be reached, or not in time.
    Unavailable,
    /// There are no credentials or no region, or KMS does not accept them.
    Credentials,
    /// KMS refuses the request, or its answer makes no sense.
    InvalidAnswer,
}

impl SealedError {
    /// Which file it is about.
    #[cfg(feature = "manage")]
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether another try may end better.
    pub(crate) fn is_transient(&self) -> bool {
        self.transient
    }

    /// What is wrong, without the file and the help.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// What sort of mistake it is.
    #[must_use]
    pub fn kind(&self) -> SealedErrorKind {
        self.kind
    }

    /// The command or the change that mends it.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for SealedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(OneLine(f), "{}: {}. Help: {}", self.subject, self.detail, self.help)
    }
}

impl fmt::Debug for SealedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SealedError {}

/// A mistake without the file that it is in.
pub(super) struct SealedFault {
    kind: SealedErrorKind,
    detail: String,
}

impl SealedFault {
    pub(super) fn new(kind: SealedErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(SealedErrorKind::Malformed, detail)
    }

    pub(super) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(SealedErrorKind::TooLarge, detail)
    }

    pub(super) fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(SealedErrorKind::UnsupportedVersion, detail)
    }

    pub(super) fn tampered(detail: impl Into<String>) -> Self {
        Self::new(SealedErrorKind::Tampered, detail)
    }

    /// A name that stands in a file, and was not given by the caller.
    pub(super) fn into_malformed(self) -> Self {
        Self::malformed(self.detail)
    }

    pub(super) fn into_error(self, place: &FileLocation<'_>) -> SealedError {
        let help = match self.kind {
            SealedErrorKind::UnsupportedVersion => "update stage-config and cargo-stage".to_owned(),
            SealedErrorKind::InvalidName => "choose another name".to_owned(),
            SealedErrorKind::TooLarge if matches!(place, FileLocation::Plaintext) => {
                "keep what is so large in S3, and seal what opens it".to_owned()
            }
            _ => place.help(),
        };
        SealedError {
            kind: self.kind,
            subject: place.subject(),
            detail: self.detail,
            help,
            resource: None,
            transient: false,
        }
    }
}

/// Where a mistake is.
pub(super) enum FileLocation<'a> {
    /// A value's file of which only the text is known.
    ValueText,
    /// The file of Vinz.
    Vinz,
    /// A key's file of which only the text is known.
    KeyText,
    /// A value to be sealed.
    Plaintext,
    /// A snapshot's file of which only the text is known.
    SnapshotText,
    Snapshot {
        stage: &'a str,
    },
    Value {
        stage: &'a str,
        name: &'a str,
    },
    Key {
        stage: &'a str,
    },
}

impl FileLocation<'_> {
    pub(super) fn subject(&self) -> String {
        match self {
            Self::ValueText => "the sealed value".to_owned(),
            Self::Vinz => "the file of Vinz".to_owned(),
            Self::KeyText => "the stage's key".to_owned(),
            Self::Plaintext => "the value to be sealed".to_owned(),
            Self::SnapshotText => "the snapshot".to_owned(),
            Self::Snapshot { stage } => format!("the snapshot of the stage `{stage}`"),
            Self::Value { stage, name } => value_path(stage, name),
            Self::Key { stage } => key_path(stage),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::ValueText => {
                "restore the file from git, or seal the value anew: cargo stage seal NAME --stage STAGE".to_owned()
            }
            Self::KeyText => "restore the file from git".to_owned(),
            Self::Vinz => "give the file as `vinz --encrypt` wrote it".to_owned(),
            Self::Plaintext => "give another value".to_owned(),
            Self::SnapshotText => {
                "restore the file from git, or write it anew: cargo stage snapshot --stage STAGE".to_owned()
            }
            Self::Snapshot { stage } => {
                format!("restore the file from git, or write it anew: cargo stage snapshot --stage {stage}")
            }
            Self::Value { stage, name } => {
                format!("restore the file from git, or seal the value anew: cargo stage seal {name} --stage {stage}")
            }
            Self::Key { stage } => {
                format!("restore the file from git, or make a new key pair: cargo stage seal --rekey --stage {stage}")
            }
        }
    }
}

/// What was asked of KMS.
pub(super) struct KmsCall<'a> {
    pub(super) action: &'static str,
    pub(super) key: Option<&'a str>,
    pub(super) context: &'a [(&'static str, &'a str)],
}

impl KmsCall<'_> {
    /// `{"app": "payments", "stage": "prod"}`. Neither part can hold a quote.
    fn format_context(&self) -> String {
        let pairs: Vec<_> = self.context.iter().map(|(name, value)| format!("{name:?}: {value:?}")).collect();
        format!("{{{}}}", pairs.join(", "))
    }

    /// What KMS said, as a mistake of ours.
    pub(super) fn to_error(&self, outcome: Outcome, subject: String) -> SealedError {
        let key = self.key.unwrap_or("the key");
        let retry = matches!(&outcome, Outcome::Failed(failed) if failed.transient);
        let (kind, detail, help, resource) = match outcome {
            Outcome::Denied(denied) => {
                // The refused key is known, whether or not the answer names it.
                let resource =
                    denied.resource.or_else(|| self.key.filter(|key| key.starts_with("arn:")).map(str::to_owned));
                let help = format!(
                    "allow `{}` on `{}` with the encryption context {}",
                    self.action,
                    resource.as_deref().unwrap_or(key),
                    self.format_context()
                );
                (SealedErrorKind::Denied, append_detail("KMS refuses it", &denied.detail), help, resource)
            }
            Outcome::Failed(failed) => {
                let (kind, what, help) = self.describe_failure(failed.kind, key);
                (kind, append_detail(&what, &failed.detail), help, None)
            }
            Outcome::Missing | Outcome::Found(_) => {
                let (kind, what, help) = self.describe_failure(FailureKind::InvalidAnswer, key);
                (kind, what, help, None)
            }
        };
        SealedError { kind, subject, detail, help, resource, transient: retry }
    }

    fn describe_failure(&self, kind: FailureKind, key: &str) -> (SealedErrorKind, String, String) {
        let (kind, what, help) = match kind {
            FailureKind::WrongContext => {
                let what =
                    format!("KMS does not decrypt it with the context {}, or it is damaged", self.format_context());
                return (SealedErrorKind::WrongContext, what, "restore the file from git".to_owned());
            }
            FailureKind::WrongKey => {
                // Only what was encrypted before can be of another key.
                let or = if self.action == "kms:Decrypt" { ", or it is not the one that encrypted" } else { "" };
                let what = format!("KMS knows no such key{or}: {key}");
                return (SealedErrorKind::WrongKmsKey, what, "look at the key, its region and its account".to_owned());
            }
            FailureKind::KeyUnusable => {
                let what = format!("the key cannot be used: {key}");
                let help = format!("aws kms enable-key --key-id {key} (or cancel-key-deletion)");
                return (SealedErrorKind::KmsKeyUnusable, what, help);
            }
            FailureKind::Throttled => {
                (SealedErrorKind::Throttled, "KMS is asked too much", "try again, or raise the quota")
            }
            FailureKind::TimedOut | FailureKind::Unavailable => (
                SealedErrorKind::Unavailable,
                "KMS cannot be reached",
                "look at the network (VPC endpoint, DNS, proxy)",
            ),
            FailureKind::Credentials => (
                SealedErrorKind::Credentials,
                "there are no usable AWS credentials",
                "give the process credentials and a region, as with `AWS_PROFILE`",
            ),
            _ => (
                SealedErrorKind::InvalidAnswer,
                "KMS refuses the request or gives a strange answer",
                "look at the key's name, and at what answers there: an endpoint variable, a proxy",
            ),
        };
        (kind, what.to_owned(), help.to_owned())
    }
}

fn append_detail(what: &str, detail: &str) -> String {
    if detail.is_empty() { what.to_owned() } else { format!("{what} ({detail})") }
}

impl From<SealedError> for Outcome {
    fn from(error: SealedError) -> Self {
        let detail = format!("{}: {}", error.subject, error.detail);
        let kind = match error.kind {
            SealedErrorKind::Denied => {
                let denied = Denied::new(detail);
                return Self::Denied(match error.resource {
                    Some(arn) => denied.with_resource(arn),
                    None => denied,
                });
            }
            SealedErrorKind::Malformed
            | SealedErrorKind::UnsupportedVersion
            | SealedErrorKind::TooLarge
            | SealedErrorKind::InvalidName => FailureKind::Undecodable,
            SealedErrorKind::WrongApp
            | SealedErrorKind::WrongStage
            | SealedErrorKind::WrongName
            | SealedErrorKind::Tampered => FailureKind::DecryptionFailed,
            SealedErrorKind::WrongKey | SealedErrorKind::WrongKmsKey => FailureKind::WrongKey,
            SealedErrorKind::WrongContext => FailureKind::WrongContext,
            SealedErrorKind::KmsKeyUnusable => FailureKind::KeyUnusable,
            SealedErrorKind::Throttled => FailureKind::Throttled,
            SealedErrorKind::Unavailable => FailureKind::Unavailable,
            SealedErrorKind::Credentials => FailureKind::Credentials,
            SealedErrorKind::InvalidAnswer => FailureKind::InvalidAnswer,
        };
        Self::Failed(Failed { transient: error.transient, ..Failed::new(kind, detail) })
    }
}
