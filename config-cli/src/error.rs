//! Why the command could not do what was asked, and the status that it ends with. Every error of a command is rendered here.

use std::process::ExitCode;

use stage_config_cli::artifact::ArtifactError;
use stage_config_core::manage::ManageError;
use stage_config_core::sealed::{SealedError, SealedErrorKind};
use stage_config_core::{Error, FailureKind, Help};

use crate::lines::Lines;

/// What a script learns from the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorStatus {
    /// 1: refused, failed, or a check that found something wrong.
    Failed,
    /// 2: a check that could not be made. clap's own status for wrong usage is the same.
    Undetermined,
}

/// What happened, where, and what the user should do about it. Never a value or a part of one.
#[derive(Debug)]
pub(crate) struct CliError {
    status: ErrorStatus,
    /// What it is about; empty where the message says it.
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

    /// What the library says of the file or the call that is called `shown`. Where nobody could look, it is unchecked.
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

    /// What the library says of a stage. `shown` is what the message calls the stage, which was given as an option and not
    /// as a variable.
    pub(crate) fn from_stage(config: &str, shown: &str, error: &Error) -> Self {
        let help = match error.help() {
            Help::SetVariable { value, .. } => format!("give --stage {value}").into(),
            help => help.clone(),
        };
        Self::undetermined(error.detail()).about(&format!("configuration `{config}`, stage {shown}")).with_help(help)
    }

    /// An artifact that could not be read.
    pub(crate) fn from_artifact(fault: ArtifactError) -> Self {
        Self::undetermined(fault.message).with_help(fault.help)
    }

    /// What the library says of something that was asked of AWS: nobody could look.
    pub(crate) fn from_manage(error: ManageError) -> Self {
        Self::undetermined(error.message()).with_help(error.help)
    }

    /// The same, with what it is about.
    #[must_use]
    pub(crate) fn about(self, subject: &str) -> Self {
        Self { subject: subject.to_owned(), ..self }
    }

    /// What the user should do about it.
    #[must_use]
    pub(crate) fn with_help(self, help: impl Into<Help>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// The same, told of a part of this file.
    #[must_use]
    pub(crate) fn in_file(self, file: &str) -> Self {
        Self { message: self.message().map(|line| format!("{file}: {line}")), subject: String::new(), ..self }
    }

    /// The same, told of this stage.
    #[must_use]
    pub(crate) fn in_stage(self, stage: &str) -> Self {
        self.after(&format!("stage `{stage}`: "))
    }

    /// The same, as the outcome of a check that could not be made.
    #[must_use]
    pub(crate) fn into_undetermined(self) -> Self {
        Self { status: ErrorStatus::Undetermined, ..self }
    }

    /// The same, where nothing was to be checked.
    #[must_use]
    pub(crate) fn into_failed(self) -> Self {
        Self { status: ErrorStatus::Failed, ..self }
    }

    /// The same, with this before its first line.
    #[must_use]
    pub(crate) fn after(self, start: &str) -> Self {
        Self { message: self.message().with_start(start), subject: String::new(), ..self }
    }

    /// What happened, with what it is about.
    pub(crate) fn message(&self) -> Lines {
        match self.subject.as_str() {
            "" => self.message.clone(),
            subject => self.message.with_start(&format!("{subject}: ")),
        }
    }

    /// What happened and what to do about it, as a person reads it.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines_with(&self.message())
    }

    /// The same on one line.
    pub(crate) fn line(&self) -> String {
        join_trimmed(&self.lines())
    }

    /// The same without the subject where that is `shown`, for a table that has it in another column.
    pub(crate) fn line_about(&self, shown: &str) -> String {
        if self.subject == shown { join_trimmed(&self.lines_with(&self.message)) } else { self.line() }
    }

    fn lines_with(&self, message: &Lines) -> Vec<String> {
        let help = self.help().map(|help| format!("  help: {help}"));
        message.iter().map(str::to_owned).chain(help).collect()
    }

    /// What the user should do about it.
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

/// Of a text only tests may ask: it would lose the difference between lines.
#[cfg(test)]
impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
