//! The error of a command and its exit status. Every error of a command is rendered here.

use std::process::ExitCode;

use stage_config_cli::artifact::ArtifactError;
use stage_config_core::manage::ManageError;
use stage_config_core::sealed::{SealedError, SealedErrorKind};
use stage_config_core::{Error, FailureKind, Help};

use crate::lines::Lines;

/// The meaning of the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorStatus {
    /// 1: the command was refused or failed, or a check found a problem.
    Failed,
    /// 2: a check could not be made. clap uses the same status for wrong usage.
    Undetermined,
}

/// An error: what failed, where, and what the user should do. It never contains a value or a part
/// of one.
#[derive(Debug)]
pub(crate) struct CliError {
    status: ErrorStatus,
    /// The subject of the message; empty if the message names it.
    subject: String,
    message: Lines,
    help: Help,
}

impl CliError {
    pub(crate) fn failed(what: impl Into<Lines>) -> Self {
        Self { status: ErrorStatus::Failed, subject: String::new(), message: what.into(), help: "".into() }
    }

    pub(crate) fn undetermined(what: impl Into<Lines>) -> Self {
        Self { status: ErrorStatus::Undetermined, ..Self::failed(what) }
    }

    /// Converts an error of a sealed file or of its KMS call, which messages call `shown`. The
    /// error counts as undetermined if the request was not answered.
    pub(crate) fn from_sealed(shown: &str, error: &SealedError) -> Self {
        let unanswered = match error.kind() {
            SealedErrorKind::Kms(kind) => kind == FailureKind::Denied || kind.is_unanswered(),
            _ => false,
        };
        let status = if unanswered { ErrorStatus::Undetermined } else { ErrorStatus::Failed };
        let diagnostic = error.diagnostic();
        let message = match diagnostic.subject.starts_with(shown) {
            true => diagnostic.detail.clone(),
            false => diagnostic.message(),
        };
        let subject = if diagnostic.subject.starts_with(shown) { &diagnostic.subject } else { shown };
        Self { status, ..Self::failed(message) }.about(subject).with_help(diagnostic.help.clone())
    }

    /// Converts the library's error about a stage. `shown` is the stage's name in the message. The
    /// help names the option, not the variable, because the stage was given as an option.
    pub(crate) fn from_stage(config: &str, shown: &str, error: &Error) -> Self {
        let help = match error.help() {
            Help::SetVariable { value, .. } => format!("give --stage {value}").into(),
            help => help.clone(),
        };
        Self::undetermined(error.detail()).about(&format!("configuration `{config}`, stage {shown}")).with_help(help)
    }

    /// Converts the error of an artifact that could not be read.
    pub(crate) fn from_artifact(fault: ArtifactError) -> Self {
        Self::undetermined(fault.message).with_help(fault.help)
    }

    /// Converts the error of a request to AWS. The result is undetermined, because nothing was
    /// read.
    pub(crate) fn from_manage(error: ManageError) -> Self {
        Self::undetermined(error.message()).with_help(error.help)
    }

    /// Returns the same error with this subject.
    #[must_use]
    pub(crate) fn about(self, subject: &str) -> Self {
        Self { subject: subject.to_owned(), ..self }
    }

    /// Sets what the user should do.
    #[must_use]
    pub(crate) fn with_help(self, help: impl Into<Help>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// Returns the same error, with this file before every line.
    #[must_use]
    pub(crate) fn in_file(self, file: &str) -> Self {
        Self { message: self.message().map(|line| format!("{file}: {line}")), subject: String::new(), ..self }
    }

    /// Returns the same error, with this stage before its first line.
    #[must_use]
    pub(crate) fn in_stage(self, stage: &str) -> Self {
        self.after(&format!("stage `{stage}`: "))
    }

    /// Returns the same error, as the outcome of a check that could not be made.
    #[must_use]
    pub(crate) fn into_undetermined(self) -> Self {
        Self { status: ErrorStatus::Undetermined, ..self }
    }

    /// Returns the same error with the status of a failure.
    #[must_use]
    pub(crate) fn into_failed(self) -> Self {
        Self { status: ErrorStatus::Failed, ..self }
    }

    /// Returns the same error with this text before its first line.
    #[must_use]
    pub(crate) fn after(self, start: &str) -> Self {
        Self { message: self.message().with_start(start), subject: String::new(), ..self }
    }

    /// Returns what failed, with the subject.
    pub(crate) fn message(&self) -> Lines {
        match self.subject.as_str() {
            "" => self.message.clone(),
            subject => self.message.with_start(&format!("{subject}: ")),
        }
    }

    /// Returns the message and the help, as lines for a person.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines_with(&self.message())
    }

    /// Returns [`lines`](Self::lines) joined to one line.
    pub(crate) fn line(&self) -> String {
        join_trimmed(&self.lines())
    }

    /// Returns [`line`](Self::line), without the subject if it is `shown`. For a table that has the
    /// subject in another column.
    pub(crate) fn line_about(&self, shown: &str) -> String {
        if self.subject == shown { join_trimmed(&self.lines_with(&self.message)) } else { self.line() }
    }

    fn lines_with(&self, message: &Lines) -> Vec<String> {
        let help = self.help().map(|help| format!("  help: {help}"));
        message.iter().map(str::to_owned).chain(help).collect()
    }

    /// Returns what the user should do.
    pub(crate) fn help(&self) -> Option<&Help> {
        Some(&self.help).filter(|help| !help.is_empty())
    }

    pub(crate) fn is_undetermined(&self) -> bool {
        self.status == ErrorStatus::Undetermined
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.status {
            ErrorStatus::Failed => 1,
            ErrorStatus::Undetermined => 2,
        })
    }
}

fn join_trimmed(lines: &[String]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("; ")
}

/// Only for tests: one text does not show where a line ends.
#[cfg(test)]
impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
