//! The error of a command and its exit status. Every error of a command is rendered here.

use std::process::ExitCode;

use serde::{Serialize, Serializer};
use stage_config_core::manage::trim_attempt_count;
use stage_config_core::sealed::{SealedError, SealedErrorKind};
use stage_config_core::{Diagnostic, Error, Failure, Help};

use crate::cause::{Cause, is_unread};
use crate::invocation;
use crate::lines::Lines;

/// The exit status of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrorStatus {
    /// 1: the command was refused or failed, or a check found a problem.
    Failed,
    /// 2: something could not be read or checked. clap uses the same status for wrong usage.
    Undetermined,
}

/// An error: what failed, where, and what the user should do. It never contains a value or a part
/// of one.
#[derive(Debug, Clone)]
pub(crate) struct CliError {
    diagnostic: Box<Diagnostic<ErrorStatus>>,
    /// The further lines of a message that lists several problems.
    further: Vec<String>,
}

/// The error of a request to AWS or of an artifact. It is undetermined, because nothing was read.
impl<K> From<Diagnostic<K>> for CliError {
    fn from(
        Diagnostic {
            subject,
            detail,
            help,
            ..
        }: Diagnostic<K>,
    ) -> Self {
        let diagnostic = Diagnostic::new(ErrorStatus::Undetermined, subject, detail, help);
        Self {
            diagnostic: Box::new(diagnostic),
            further: Vec::new(),
        }
    }
}

impl CliError {
    pub(crate) fn failed(message: impl Into<Lines>) -> Self {
        Self::undetermined(message).into_failed()
    }

    pub(crate) fn undetermined(message: impl Into<Lines>) -> Self {
        let (detail, further) = message.into().split_first();
        Self {
            diagnostic: Box::new(Diagnostic::new(ErrorStatus::Undetermined, "", detail, "")),
            further,
        }
    }

    /// Converts an error of the library, with the lines of [`list_failures`].
    pub(crate) fn from_library(
        subject: &str,
        error: &Error,
        describe: impl Fn(&Failure) -> (String, Help),
    ) -> Self {
        let failures: Vec<&Failure> = error.failures().iter().collect();
        let further = list_failures(&failures, describe);
        let diagnostic = Diagnostic::new(
            ErrorStatus::Undetermined,
            subject,
            error.detail(),
            error.help().clone(),
        );
        Self {
            diagnostic: Box::new(diagnostic),
            further,
        }
    }

    /// Creates an error that lists several problems. Problems with the same help follow each other
    /// and share it.
    pub(crate) fn list(message: String, problems: &[Self]) -> Self {
        let described: Vec<(String, Help)> = problems
            .iter()
            .flat_map(|problem| {
                problem
                    .message_lines()
                    .map(|line| (line, problem.diagnostic.help.clone()))
            })
            .collect();
        Self {
            further: group_by_help(&described, "  "),
            ..Self::failed(message)
        }
    }

    /// Converts an error of a sealed file or of its KMS call. `subject` names the file in the
    /// message. The error is undetermined if KMS denied the request or gave no usable answer.
    pub(crate) fn from_sealed(subject: &str, error: &SealedError) -> Self {
        let diagnostic = error.diagnostic();
        let has_same_subject = diagnostic.subject == subject;
        let detail = if has_same_subject {
            diagnostic.detail.clone()
        } else {
            diagnostic.message()
        };
        let error = Self::from(Diagnostic::new(
            (),
            subject,
            detail,
            diagnostic.help.clone(),
        ));
        match diagnostic.kind {
            SealedErrorKind::Kms(kind) if is_unread(kind) => error,
            _ => error.into_failed(),
        }
    }

    /// Returns the same error with a place (a stage, a field or a file) before its subject.
    #[must_use]
    pub(crate) fn within(mut self, place: &str) -> Self {
        let subject = &mut self.diagnostic.subject;
        *subject = if subject.is_empty() {
            place.to_owned()
        } else {
            format!("{place}: {subject}")
        };
        self
    }

    /// Sets the help.
    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<Help>) -> Self {
        self.diagnostic.help = help.into();
        self
    }

    /// Returns the same error, with this file before every line of its message.
    #[must_use]
    pub(crate) fn in_file(mut self, file: &str) -> Self {
        self.further
            .iter_mut()
            .for_each(|line| *line = format!("{file}: {line}"));
        self.within(file)
    }

    /// Returns the same error with the status of a check that could not be made.
    #[must_use]
    pub(crate) fn into_undetermined(mut self) -> Self {
        self.diagnostic.kind = ErrorStatus::Undetermined;
        self
    }

    /// Returns the same error with the status of a failure.
    #[must_use]
    pub(crate) fn into_failed(mut self) -> Self {
        self.diagnostic.kind = ErrorStatus::Failed;
        self
    }

    /// Returns the message and the help, as lines for a person.
    pub(crate) fn lines(&self) -> Vec<String> {
        let help = Some(self.help())
            .filter(|help| !help.is_empty())
            .map(|help| format!("  help: {help}"));
        self.message_lines().chain(help).collect()
    }

    /// Returns [`lines`](Self::lines) joined to one line.
    pub(crate) fn line(&self) -> String {
        self.lines()
            .iter()
            .map(|line| line.trim())
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Returns [`line`](Self::line), without the subject if it equals `subject`. This is the line
    /// of a table that has the subject in another column.
    pub(crate) fn line_about(&self, subject: &str) -> String {
        let mut error = self.clone();
        if error.diagnostic.subject == subject {
            error.diagnostic.subject.clear();
        }
        error.line()
    }

    /// Returns whether both errors say that nothing could be read, for the same cause.
    pub(crate) fn has_same_cause(&self, other: &Self) -> bool {
        let cause = |error: &Self| {
            let detail = trim_attempt_count(&error.diagnostic.detail);
            let is_read = !error.is_undetermined() || !error.further.is_empty();
            (!is_read).then(|| (detail.to_owned(), error.diagnostic.help.clone()))
        };
        cause(self).is_some() && cause(self) == cause(other)
    }

    /// Returns [`line`](Self::line) for several fields that failed for the same cause.
    pub(crate) fn line_about_fields(&self, fields: &[&str]) -> String {
        let mut error = self.clone();
        error.diagnostic.subject.clear();
        let cause = trim_attempt_count(&self.diagnostic.detail);
        error.diagnostic.detail = format!("{cause} ({})", fields.join(", "));
        error.line()
    }

    /// Returns the lines of the message joined to one line, without the help.
    #[cfg(feature = "deployed")]
    pub(crate) fn message_line(&self) -> String {
        let lines: Vec<String> = self.message_lines().collect();
        let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        lines.join("; ")
    }

    fn message_lines(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.diagnostic.message()).chain(self.further.iter().cloned())
    }

    /// Returns the help: what the user should do. If the help suggests `cargo stage` commands, they
    /// repeat the shared options of the command that was run, such as `--profile`.
    pub(crate) fn help(&self) -> Help {
        invocation::complete(self.diagnostic.help.clone())
    }

    /// Returns the same error, with the shared options already added to the commands in its help.
    /// Without this call, the options are added when the error is printed, and at that time another
    /// program may be selected.
    #[must_use]
    pub(crate) fn complete_help(mut self) -> Self {
        self.diagnostic.help = self.help();
        self
    }

    /// Returns the same error. The commands in its help name this field and this stage.
    #[must_use]
    pub(crate) fn for_field(self, field: &str, stage: &str) -> Self {
        self.replace_word("FIELD", field).for_stage(stage)
    }

    /// Returns the same error. The commands in its help name this stage.
    #[must_use]
    pub(crate) fn for_stage(self, stage: &str) -> Self {
        self.replace_word("STAGE", stage)
    }

    /// Replaces a placeholder in the commands of the help.
    fn replace_word(mut self, placeholder: &str, text: &str) -> Self {
        let text = invocation::quote(text);
        let help = std::mem::replace(&mut self.diagnostic.help, "".into());
        self.diagnostic.help = help.map_commands(&|command| {
            let words = command.split(' ').map(|word| match word {
                word if word == placeholder => text.as_ref(),
                word => word,
            });
            words.collect::<Vec<_>>().join(" ")
        });
        self
    }

    pub(crate) fn is_undetermined(&self) -> bool {
        self.diagnostic.kind == ErrorStatus::Undetermined
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.is_undetermined() { 2 } else { 1 })
    }
}

/// Returns the lines of failed fields. `describe` returns the line and the help of one field.
/// Fields with the same help follow each other and share it. Fields share one line if their stores
/// did not answer and the cause is the same.
pub(crate) fn list_failures(
    failures: &[&Failure],
    describe: impl Fn(&Failure) -> (String, Help),
) -> Vec<String> {
    let described: Vec<(String, Help)> = describe_failures(failures, describe)
        .into_iter()
        .map(|(line, help)| (format!("  {line}"), help))
        .collect();
    group_by_help(&described, "      ")
}

/// Returns a line and a help for each failure. Failures with the same cause and the same help share
/// one line.
fn describe_failures(
    failures: &[&Failure],
    describe: impl Fn(&Failure) -> (String, Help),
) -> Vec<(String, Help)> {
    let mut groups: Vec<(Option<Cause>, Vec<&Failure>)> = Vec::new();
    for failure in failures {
        let cause = Cause::new(failure.kind(), failure.detail());
        let same = groups.iter_mut().find(|(other, members)| {
            cause.is_some() && *other == cause && members[0].help() == failure.help()
        });
        match same {
            Some((_, members)) => members.push(failure),
            None => groups.push((cause, vec![failure])),
        }
    }
    let describe_group = |(cause, members): (Option<Cause>, Vec<&Failure>)| {
        let (line, help) = describe(members[0]);
        match cause {
            Some(cause) if members.len() > 1 => {
                let fields: Vec<&str> = members.iter().map(|member| member.field()).collect();
                (format!("{cause} ({})", fields.join(", ")), help)
            }
            _ => (line, help),
        }
    };
    groups.into_iter().map(describe_group).collect()
}

/// Returns the lines, with one help below the lines that share it.
fn group_by_help(described: &[(String, Help)], help_indent: &str) -> Vec<String> {
    let mut lines: Vec<&(String, Help)> = described.iter().collect();
    lines.sort_by_key(|(_, help)| described.iter().position(|(_, first)| first == help));
    let groups = lines.chunk_by(|(_, help), (_, next)| help == next);
    groups
        .flat_map(|group| {
            let help = group.first().map(|(_, help)| help);
            let help = help.filter(|help| !help.is_empty()).map(|help| {
                let help = invocation::complete(help.clone());
                format!("{help_indent}help: {help}")
            });
            group.iter().map(|(line, _)| line.clone()).chain(help)
        })
        .collect()
}

/// Serializes as the diagnostic, with all lines of the message as its detail.
impl Serialize for CliError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let detail = self.message_lines().collect::<Vec<_>>().join("\n");
        Diagnostic {
            detail,
            help: self.help(),
            ..(*self.diagnostic).clone()
        }
        .serialize(serializer)
    }
}

/// Only tests use this. In the joined text, the ends of the lines cannot be distinguished from line
/// ends in a name or a message.
#[cfg(test)]
impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
