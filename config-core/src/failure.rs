//! One field that failed, with the cause and what the user should do about it.

use crate::{
    diagnostic::{Diagnostic, Help},
    one_line::OneLine,
};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::fmt;

/// One field that could not be resolved.
///
/// `Display` prints the field, the kind, the source and the detail on one line, and the help below
/// it. `Serialize` writes an object with `field`, `stage`, `source`, `kind`, `detail` and `help`.
/// Neither output contains a value.
///
/// ```
/// # use stage_config::{Error, FailureKind, StageConfig, testing::Memory};
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     port: u16,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let values = Memory::new().set("/shop/dev/port", "80a80");
/// let error = Config::loader().stage("dev").local(values).resolve().await.unwrap_err();
/// let failure = &error.failures()[0];
/// assert_eq!(failure.field(), "port");
/// assert_eq!(failure.kind(), FailureKind::Undecodable);
/// assert!(failure.help().to_string().contains("a whole number from 0 to 65535"));
/// assert!(!failure.to_string().contains("80a80"));
///
/// let json = serde_json::to_value(failure).unwrap();
/// assert_eq!(json["kind"], "undecodable");
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) stage: String,
    pub(crate) source: Option<String>,
    /// The kind, the detail and the help. The subject is the path of the field.
    pub(crate) diagnostic: Diagnostic<FailureKind>,
}

/// The cause of a failure.
///
/// ```
/// use stage_config::{Error, Failure, FailureKind};
/// # use stage_config::{StageConfig, testing::Memory};
///
/// /// The exit code of a batch job: 75 (`EX_TEMPFAIL`) if a restart may help.
/// fn exit_code(error: &Error) -> u8 {
///     let mut kinds = error.failures().iter().map(Failure::kind);
///     let is_temporary = !error.failures().is_empty() && kinds.all(FailureKind::is_transient);
///     if is_temporary { 75 } else { 1 }
/// }
///
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # struct Config { table: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let loader = Config::loader().stage("dev").local(Memory::new());
/// let error = loader.resolve().await.unwrap_err(); // no store has a value
/// assert_eq!(exit_code(&error), 1);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "manage", derive(serde::Deserialize))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// No source of the field has a value, and the field has no default. If an environment override
    /// names the source, the default does not apply.
    Missing,
    /// A store denied the read.
    Denied,
    /// A store throttled the calls until the timeout.
    Throttled,
    /// The timeout passed, or the caller of a refresh was cancelled.
    TimedOut,
    /// A store could not be reached, or answered with an internal error.
    Unavailable,
    /// Credentials or the region are missing or unusable, or the service rejects them.
    Credentials,
    /// A store sent an answer that does not fit the request.
    InvalidAnswer,
    /// A store rejected the address, or no request could be sent for it.
    InvalidRequest,
    /// The value was encrypted with another encryption context, or the ciphertext is damaged.
    WrongContext,
    /// The value was encrypted with another key than the one that the source pins, or the key does
    /// not exist.
    WrongKey,
    /// The key is disabled or pending deletion.
    KeyUnusable,
    /// The service could not decrypt the value that it stores.
    DecryptionFailed,
    /// The secret is scheduled for deletion.
    MarkedForDeletion,
    /// The secret exists but has no value yet.
    NoValue,
    /// The value is in another account than the one in `#[config(account(…))]`.
    WrongAccount,
    /// The stored text cannot be decoded into the type of the field.
    Undecodable,
    /// The program's own `validate` rejected the value, or code of the program panicked while a
    /// refresh decoded or validated a value.
    Invalid,
}

impl Failure {
    /// Returns the path of the field, as in `mail.password`. The path is empty for the struct as a
    /// whole.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.diagnostic.subject
    }

    /// Returns the stage that was loaded.
    #[must_use]
    pub fn stage(&self) -> &str {
        &self.stage
    }

    /// Returns the source that failed, or all sources that were tried, in the source grammar.
    /// Returns `None` if the failure does not belong to a source.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Returns the cause.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.diagnostic.kind
    }

    /// Returns details that the kind does not contain, such as the expected form or the account of
    /// the value. The text is often empty.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.diagnostic.detail
    }

    /// Returns what the user should do about the failure.
    #[must_use]
    pub fn help(&self) -> &Help {
        &self.diagnostic.help
    }

    /// Returns the field, the kind, the source and the detail on one line, without the help.
    #[must_use]
    pub fn message(&self) -> String {
        let mut line = String::new();
        // Writing to a `String` cannot fail.
        let _ = self.write_line(&mut OneLine(&mut line));
        line
    }
}

/// Writes one line per failure, and the help below it. Failures with the same help follow each
/// other and share the help.
pub(crate) fn write_failures(f: &mut fmt::Formatter<'_>, failures: &[Failure]) -> fmt::Result {
    let mut grouped: Vec<&Failure> = failures.iter().collect();
    grouped.sort_by_key(|failure| {
        failures
            .iter()
            .position(|first| first.help() == failure.help())
    });
    grouped
        .chunk_by(|one, next| one.help() == next.help())
        .try_for_each(|same_help| {
            same_help.iter().try_for_each(|failure| {
                f.write_str("\n  ")?;
                failure.write_line(&mut OneLine(&mut *f))
            })?;
            same_help
                .first()
                .map_or(Ok(()), |failure| failure.help().write_line(f))
        })
}

impl Failure {
    fn write_line(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let Diagnostic {
            kind,
            subject: field,
            detail,
            ..
        } = &self.diagnostic;
        f.write_str(if field.is_empty() {
            "(the whole struct)"
        } else {
            field
        })?;
        write!(f, ": {kind}")?;
        if let Some(source) = &self.source {
            write!(f, ", {source}")?;
        }
        if detail.is_empty() {
            Ok(())
        } else {
            write!(f, ": {detail}")
        }
    }
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Diagnostic {
            kind,
            subject: field,
            detail,
            help,
        } = &self.diagnostic;
        let mut failure = serializer.serialize_struct("Failure", 6)?;
        failure.serialize_field("field", field)?;
        failure.serialize_field("stage", &self.stage)?;
        failure.serialize_field("source", &self.source)?;
        failure.serialize_field("kind", kind)?;
        failure.serialize_field("detail", detail)?;
        failure.serialize_field("help", help)?;
        failure.end()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_line(&mut OneLine(&mut *f))?;
        self.help().write_line(f)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FailureKind {
    /// Returns whether a retry may help. This is the case for `Throttled`, `TimedOut` and
    /// `Unavailable`.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Throttled | Self::TimedOut | Self::Unavailable)
    }

    /// Returns `true` if no store gave a usable answer. Then a value may exist.
    ///
    /// This differs from [`is_transient`](Self::is_transient): a retry does not resolve missing
    /// credentials, for example, but the value may exist.
    ///
    /// ```
    /// use stage_config::FailureKind;
    ///
    /// // A script that creates missing values must not create this one: it may exist.
    /// assert!(FailureKind::Credentials.is_unanswered());
    /// assert!(!FailureKind::Credentials.is_transient());
    ///
    /// // The store said that the value does not exist.
    /// assert!(!FailureKind::Missing.is_unanswered());
    /// ```
    #[must_use]
    pub fn is_unanswered(self) -> bool {
        self.is_transient() || matches!(self, Self::Credentials | Self::InvalidAnswer)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed out",
            Self::Unavailable => "unavailable",
            Self::Credentials => "no usable credentials",
            Self::InvalidAnswer => "invalid answer",
            Self::InvalidRequest => "invalid request",
            Self::WrongContext => "wrong encryption context",
            Self::WrongKey => "wrong key",
            Self::KeyUnusable => "key unusable",
            Self::DecryptionFailed => "decryption failed",
            Self::MarkedForDeletion => "marked for deletion",
            Self::NoValue => "without a value",
            Self::WrongAccount => "wrong account",
            Self::Undecodable => "undecodable",
            Self::Invalid => "invalid",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of a store or of the program's types cannot add a line to a message.
    #[test]
    fn line_ends_in_foreign_texts_are_replaced() {
        let forged = || "a\n::error::b\r\nc\u{85}d\u{2028}e\u{2029}f".to_owned();
        let failure = Failure {
            stage: "dev".to_owned(),
            source: Some(forged()),
            diagnostic: Diagnostic::new(FailureKind::Invalid, "host", forged(), forged()),
        };
        let line = "a\u{fffd}::error::b\u{fffd}\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f";
        assert_eq!(
            failure.to_string(),
            format!("host: invalid, {line}: {line}\n      help: {line}")
        );
        assert_eq!(
            failure.detail(),
            forged(),
            "a program gets the unchanged text"
        );
    }
}
