//! The errors of sealed files, with the help for each.

mod kms_call;

pub(super) use kms_call::KmsCall;

use super::{key_path, value_path};
use crate::{
    diagnostic::{Diagnostic, Help},
    failure::FailureKind,
    outcome::{Denied, Failed, Outcome},
};
use std::fmt;

/// The reason why a sealed file cannot be written, checked or opened.
///
/// `Display` and `Debug` print the file, the cause and the help. They print no plaintext, no
/// ciphertext and no byte of a key.
///
/// ```
/// use stage_config::sealed::{SealedErrorKind, StageKey};
///
/// let error = StageKey::parse("-----BEGIN CERTIFICATE-----").unwrap_err();
/// assert_eq!(error.kind(), SealedErrorKind::Malformed);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SealedError {
    diagnostic: Box<Diagnostic<SealedErrorKind>>,
    /// The ARN of the KMS key, if KMS denied the call: the ARN in the answer, or else the ARN in
    /// the call.
    resource: Option<String>,
    /// Whether a retry may help. An [`Outcome`] that is made from this error gets the same flag.
    transient: bool,
    /// Whether the help was written for this one error. Otherwise it is the usual help for the kind
    /// of the error or for the file.
    has_own_help: bool,
}

/// The category of a [`SealedError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealedErrorKind {
    /// The file does not have the format of a sealed file: it was cut off, merged or edited.
    Malformed,
    /// A later version of this crate wrote the file.
    UnsupportedVersion,
    /// The file belongs to another app.
    WrongApp,
    /// The file belongs to another stage.
    WrongStage,
    /// The file was sealed under another name.
    WrongName,
    /// The file was sealed for a key pair that is not the stage's current one.
    WrongKey,
    /// The content was changed after it was sealed, although the headers look valid; or the public
    /// half of a stage's key was replaced.
    Tampered,
    /// The value or the content of the snapshot is longer than 1 MiB, the file is longer than such
    /// a file may be, or a wrapped key or a Vinz file is longer than KMS accepts.
    TooLarge,
    /// The name of an app, a stage, a file, a struct or a KMS key is invalid.
    InvalidName,
    /// The call to KMS failed: [`WrongContext`](FailureKind::WrongContext),
    /// [`WrongKey`](FailureKind::WrongKey), [`KeyUnusable`](FailureKind::KeyUnusable),
    /// [`Denied`](FailureKind::Denied), [`Throttled`](FailureKind::Throttled),
    /// [`TimedOut`](FailureKind::TimedOut), [`Unavailable`](FailureKind::Unavailable),
    /// [`Credentials`](FailureKind::Credentials) or [`InvalidAnswer`](FailureKind::InvalidAnswer).
    Kms(FailureKind),
}

impl SealedError {
    /// Returns the problem, with the file and the help.
    #[must_use]
    pub fn diagnostic(&self) -> &Diagnostic<SealedErrorKind> {
        &self.diagnostic
    }

    /// Returns the category of the error.
    #[must_use]
    pub fn kind(&self) -> SealedErrorKind {
        self.diagnostic.kind
    }

    /// Returns the action that solves the problem.
    #[must_use]
    pub fn help(&self) -> &Help {
        &self.diagnostic.help
    }
}

impl fmt::Display for SealedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl fmt::Debug for SealedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SealedError {}

/// A problem whose file is not known yet; `into_error` adds the file.
pub(super) struct SealedFault {
    kind: SealedErrorKind,
    detail: String,
    /// The help; `None` if the usual help applies: for the kind of the error, or else for the file.
    help: Option<Help>,
}

impl SealedFault {
    pub(super) fn new(kind: SealedErrorKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            help: None,
        }
    }

    pub(super) fn with_help(self, help: impl Into<Help>) -> Self {
        let help = Some(help.into());
        Self { help, ..self }
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

    /// Converts the fault of an invalid name into the fault of a malformed file. Use this function
    /// for a name that was read from the file, and not for a name that the caller passed.
    pub(super) fn into_malformed(self) -> Self {
        Self::malformed(self.detail)
    }

    pub(super) fn into_error(self, place: &FileLocation<'_>) -> SealedError {
        let has_own_help = self.help.is_some();
        let help = match (self.help, self.kind) {
            (Some(help), _) => help,
            (None, SealedErrorKind::UnsupportedVersion) => {
                "update stage-config and cargo-stage".into()
            }
            (None, SealedErrorKind::InvalidName) => {
                "correct the name, or choose another one".into()
            }
            (None, SealedErrorKind::TooLarge) if matches!(place, FileLocation::Plaintext) => {
                "seal a smaller value; store a large one outside of the program, for example in S3"
                    .into()
            }
            _ => place.help(),
        };
        let diagnostic = Box::new(Diagnostic::new(
            self.kind,
            place.subject(),
            self.detail,
            help,
        ));
        SealedError {
            diagnostic,
            resource: None,
            transient: false,
            has_own_help,
        }
    }
}

/// The file or the value that contains a mistake.
pub(super) enum FileLocation<'a> {
    /// The file of a value. The text is known, but not the stage and the name.
    ValueText,
    /// A file of the tool Vinz (github.com/bjacobel/vinz).
    Vinz,
    /// The file of a key pair. The text is known, but not the stage.
    KeyText,
    /// A value to seal.
    Plaintext,
    /// The file of a snapshot. `stage` is `None` if it is not known.
    Snapshot {
        stage: Option<&'a str>,
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
            Self::Vinz => "the Vinz file".to_owned(),
            Self::KeyText => "the stage's key".to_owned(),
            Self::Plaintext => "the value to be sealed".to_owned(),
            Self::Snapshot { stage: None } => "the snapshot".to_owned(),
            Self::Snapshot { stage: Some(stage) } => format!("the snapshot of the stage `{stage}`"),
            Self::Value { stage, name } => value_path(stage, name),
            Self::Key { stage } => key_path(stage),
        }
    }

    fn help(&self) -> Help {
        let restore_or = |other: &str, command| {
            Help::run_to(format!("restore the file from git, or {other}"), command)
        };
        let seal = |name, stage| {
            restore_or(
                "seal the value again",
                format!("cargo stage seal {name} --stage {stage}"),
            )
        };
        match self {
            Self::ValueText => seal("NAME", "STAGE"),
            Self::Value { stage, name } => seal(name, stage),
            Self::KeyText => "restore the file from git".into(),
            Self::Key { stage } => restore_or(
                "make a new key pair",
                format!("cargo stage seal --rekey --stage {stage}"),
            ),
            Self::Snapshot { stage } => {
                let command = format!("cargo stage snapshot --stage {}", stage.unwrap_or("STAGE"));
                restore_or("write it again", command)
            }
            Self::Vinz => "pass the file that `vinz --encrypt` wrote".into(),
            Self::Plaintext => "pass another value".into(),
        }
    }
}

impl From<SealedError> for Outcome {
    fn from(error: SealedError) -> Self {
        let detail = error.diagnostic.message();
        let kind = match error.kind() {
            SealedErrorKind::Kms(FailureKind::Denied) => {
                let denied = Denied::new(detail);
                return Self::Denied(match error.resource {
                    Some(arn) => denied.with_resource(arn),
                    None => denied,
                });
            }
            SealedErrorKind::Kms(kind) => kind,
            SealedErrorKind::Malformed
            | SealedErrorKind::UnsupportedVersion
            | SealedErrorKind::TooLarge
            | SealedErrorKind::InvalidName => FailureKind::Undecodable,
            SealedErrorKind::WrongApp
            | SealedErrorKind::WrongStage
            | SealedErrorKind::WrongName
            | SealedErrorKind::Tampered => FailureKind::DecryptionFailed,
            SealedErrorKind::WrongKey => FailureKind::WrongKey,
        };
        let failed = Failed {
            transient: error.transient,
            ..Failed::new(kind, detail)
        };
        Self::Failed(if error.has_own_help {
            failed.with_help(error.diagnostic.help)
        } else {
            failed
        })
    }
}
