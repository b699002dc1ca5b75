//! One problem: its kind, its subject, the detail, and what the user should do about it.

use crate::one_line::OneLine;
use serde::{Serialize, Serializer};
use std::fmt::{self, Write as _};

/// One problem. It never holds a value.
///
/// `Display` and `Debug` print one line: `SUBJECT: DETAIL. Help: HELP`, without the parts that are
/// empty. The kind is for programs. `Serialize` omits the subject, because the container of the
/// diagnostic writes the subject with a key such as `field` or `file`.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic<K> {
    /// The category of the problem.
    pub kind: K,
    /// The subject: a field, a file, an address. It is empty if the detail names the subject.
    #[serde(skip)]
    pub subject: String,
    /// What happened.
    pub detail: String,
    /// What the user should do about it.
    pub help: Help,
}

/// What the user should do about a problem.
///
/// `Display` prints the text for the user of the library. The command line has its own texts for
/// some variants.
///
/// ```
/// use stage_config::store::{Denied, FetchFuture, Outcome, Request, Store};
/// use stage_config::{Help, StageConfig};
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     table: String,
/// }
///
/// /// Simulates a Parameter Store that the role may not read.
/// struct DenyAll;
///
/// impl Store for DenyAll {
///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
///         Box::pin(async { vec![Outcome::Denied(Denied::new("")); requests.len()] })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = Config::loader().stage("dev").store("ssm", DenyAll).resolve().await.unwrap_err();
///
/// // The program finds the permission that its role lacks.
/// let Help::Grant { action, resource, .. } = error.failures()[0].help() else { panic!() };
/// assert_eq!(action, "ssm:GetParameters");
/// assert_eq!(resource, "arn:aws:ssm:REGION:ACCOUNT:parameter/shop/dev/table");
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Help {
    /// Set an environment variable.
    SetVariable {
        /// The name of the variable.
        variable: String,
        /// A description of the value, as in "one of the declared stages". The description may be
        /// empty.
        value: String,
    },
    /// Run a command.
    Run {
        /// The purpose of the command. The purpose may be empty.
        purpose: String,
        /// The command.
        command: String,
    },
    /// Allow an action in IAM.
    Grant {
        /// The action, as in `ssm:GetParameters`.
        action: String,
        /// The resource.
        resource: String,
        /// Whether the action also needs `kms:Decrypt` if a customer managed key encrypts the
        /// value.
        or_decrypt: bool,
    },
    /// Store another value.
    ChangeValue {
        /// A description of the value, as in "a whole number from 0 to 255".
        expected: String,
        /// The source.
        source: String,
    },
    /// Any other help, as a text.
    Text(String),
    /// A help with another help after it.
    Also {
        /// The help.
        help: Box<Self>,
        /// The next step, or an alternative.
        also: Box<Self>,
    },
}

impl<K> Diagnostic<K> {
    /// Creates a diagnostic. No part of it may contain a value.
    #[must_use]
    pub fn new(
        kind: K,
        subject: impl Into<String>,
        detail: impl Into<String>,
        help: impl Into<Help>,
    ) -> Self {
        Self {
            kind,
            subject: subject.into(),
            detail: detail.into(),
            help: help.into(),
        }
    }

    /// Returns `SUBJECT: DETAIL` on one line.
    #[must_use]
    pub fn message(&self) -> String {
        let mut line = String::new();
        let _ = self.write_message(&mut OneLine(&mut line));
        line
    }

    fn write_message(&self, f: &mut impl fmt::Write) -> fmt::Result {
        match (self.subject.as_str(), self.detail.as_str()) {
            ("", detail) => f.write_str(detail),
            (subject, "") => f.write_str(subject),
            (subject, detail) => write!(f, "{subject}: {detail}"),
        }
    }
}

impl<K> fmt::Display for Diagnostic<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_message(&mut OneLine(&mut *f))?;

        if self.help.is_empty() {
            return Ok(());
        }
        let end = if self.detail.ends_with('?') { "" } else { "." };
        write!(OneLine(f), "{end} Help: {}", self.help)
    }
}

impl<K> fmt::Debug for Diagnostic<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> std::error::Error for Diagnostic<K> {}

impl Help {
    /// Creates the help to run a command.
    #[must_use]
    pub fn run(command: impl Into<String>) -> Self {
        Self::run_to("", command)
    }

    /// Creates the help to run a command for a purpose.
    #[must_use]
    pub fn run_to(purpose: impl Into<String>, command: impl Into<String>) -> Self {
        Self::Run {
            purpose: purpose.into(),
            command: command.into(),
        }
    }

    pub(crate) fn change_value(expected: impl Into<String>, source: impl Into<String>) -> Self {
        Self::ChangeValue {
            expected: expected.into(),
            source: source.into(),
        }
    }

    /// Adds the next step, or an alternative.
    #[must_use]
    pub fn also(self, also: impl Into<Self>) -> Self {
        Self::Also {
            help: Box::new(self),
            also: Box::new(also.into()),
        }
    }

    /// Changes every command of this help.
    #[must_use]
    pub fn map_commands(self, change: &dyn Fn(String) -> String) -> Self {
        match self {
            Self::Run { purpose, command } => Self::Run {
                purpose,
                command: change(command),
            },
            Self::Also { help, also } => help.map_commands(change).also(also.map_commands(change)),
            other => other,
        }
    }

    /// Writes the help on its own line, below the messages that it is for.
    pub(crate) fn write_line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\n")?;
        write!(OneLine(f), "      help: {self}")
    }

    /// Returns whether the help is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

impl<T: Into<String>> From<T> for Help {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetVariable { variable, value } if value.is_empty() => {
                write!(f, "set `{variable}`")
            }
            Self::SetVariable { variable, value } => write!(f, "set `{variable}` to {value}"),
            Self::Run { purpose, command } if purpose.is_empty() => f.write_str(command),
            Self::Run { purpose, command } => write!(f, "{purpose}: {command}"),
            Self::Grant {
                action,
                resource,
                or_decrypt,
            } => {
                write!(f, "allow `{action}` on `{resource}`")?;
                f.write_str(if *or_decrypt {
                    " (and `kms:Decrypt`, if a key of your own encrypts the value)"
                } else {
                    ""
                })
            }
            Self::ChangeValue { expected, source } => write!(f, "store {expected} in {source}"),
            Self::Text(text) => f.write_str(text),
            Self::Also { help, also } => write!(f, "{help}; {also}"),
        }
    }
}

/// Serializes the text of `Display`.
impl Serialize for Help {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variant_of_help_has_its_text() {
        let grant = |or_decrypt| Help::Grant {
            action: "a:B".to_owned(),
            resource: "arn".to_owned(),
            or_decrypt,
        };
        let set = |value: &str| Help::SetVariable {
            variable: "X".to_owned(),
            value: value.to_owned(),
        };
        for (help, text) in [
            (set(""), "set `X`"),
            (set("one of `a`, `b`"), "set `X` to one of `a`, `b`"),
            (Help::run("cargo build"), "cargo build"),
            (
                Help::run_to("build it", "cargo build"),
                "build it: cargo build",
            ),
            (grant(false), "allow `a:B` on `arn`"),
            (
                grant(true),
                "allow `a:B` on `arn` (and `kms:Decrypt`, if a key of your own encrypts the value)",
            ),
            (Help::change_value("a number", "/a"), "store a number in /a"),
            (
                Help::from("check the network").also("or wait"),
                "check the network; or wait",
            ),
        ] {
            assert_eq!(help.to_string(), text);
            assert_eq!(serde_json::to_value(&help).unwrap(), text);
        }
    }

    #[test]
    fn every_command_of_a_help_can_be_changed() {
        let help = Help::run("a").also(Help::run_to("then", "b").also("wait"));
        let changed = help.map_commands(&|command| format!("{command}!"));
        assert_eq!(changed.to_string(), "a!; then: b!; wait");
    }

    #[test]
    fn a_diagnostic_is_printed_on_one_line() {
        let format = |subject: &str, detail: &str, help: &str| {
            Diagnostic::new((), subject, detail, help).to_string()
        };
        assert_eq!(
            format("a.txt", "it is empty", "fill it"),
            "a.txt: it is empty. Help: fill it"
        );
        assert_eq!(
            format("", "did you mean `x`?", "name it"),
            "did you mean `x`? Help: name it"
        );
        assert_eq!(format("a.txt", "it is empty", ""), "a.txt: it is empty");
        assert_eq!(
            format("a\n", "b\r", "c\n"),
            "a\u{fffd}: b\u{fffd}. Help: c\u{fffd}"
        );
        assert_eq!(
            Diagnostic::new((), "a\n", "b", "c").message(),
            "a\u{fffd}: b"
        );
    }

    #[test]
    fn the_subject_is_not_serialized() {
        let json = serde_json::to_value(Diagnostic::new("denied", "table", "no", Help::run("ls")))
            .unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "kind": "denied", "detail": "no", "help": "ls" })
        );
    }
}
