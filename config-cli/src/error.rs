//! Why the command could not do what was asked, and the status that it ends with.

use std::process::ExitCode;

use stage_config_cli::artifact::ArtifactError;
use stage_config_core::manage::ManageError;
use stage_config_core::sealed::{SealedError, SealedErrorKind};

use crate::lines::Lines;

/// What a script learns from the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorStatus {
    /// 1: refused, failed, or a check that found something wrong.
    Failed,
    /// 2: a check that could not be made. clap's own status for wrong usage is the same.
    Undetermined,
}

/// What happened, where, and what mends it. Never a value or a part of one.
#[derive(Debug)]
pub(crate) struct CliError {
    status: ErrorStatus,
    message: Lines,
    help: Option<String>,
}

impl CliError {
    pub(crate) fn failed(what: impl Into<Lines>) -> Self {
        Self { status: ErrorStatus::Failed, message: what.into(), help: None }
    }

    pub(crate) fn undetermined(what: impl Into<Lines>) -> Self {
        Self { status: ErrorStatus::Undetermined, ..Self::failed(what) }
    }

    /// What the library says of the file or the call that is called `shown`. Where nobody could look, it is unchecked.
    pub(crate) fn from_sealed(shown: &str, error: &SealedError) -> Self {
        use SealedErrorKind::{Credentials, Denied, InvalidAnswer, Throttled, Unavailable};
        let text = error.to_string();
        let what = text.strip_suffix(&format!(". Help: {}", error.help())).unwrap_or(&text);
        let what = if what.starts_with(shown) { what.to_owned() } else { format!("{shown}: {what}") };
        let could_look = !matches!(error.kind(), Credentials | Denied | InvalidAnswer | Throttled | Unavailable);
        let status = if could_look { ErrorStatus::Failed } else { ErrorStatus::Undetermined };
        Self { status, message: what.into(), help: Some(error.help().to_owned()) }
    }

    /// An artifact that could not be read.
    pub(crate) fn from_artifact(fault: ArtifactError) -> Self {
        Self::undetermined(fault.message).with_help(fault.help)
    }

    /// What the library says of something that was asked of AWS: nobody could look.
    pub(crate) fn from_manage(error: ManageError) -> Self {
        Self::undetermined(error.to_string()).with_help(error.help())
    }

    /// The command or change that mends it.
    #[must_use]
    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same, told of a part of this file.
    #[must_use]
    pub(crate) fn in_file(self, file: &str) -> Self {
        Self { message: self.message.map(|line| format!("{file}: {line}")), ..self }
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
        let mut start = Some(start);
        Self { message: self.message.map(|line| format!("{}{line}", start.take().unwrap_or_default())), ..self }
    }

    pub(crate) fn message(&self) -> &Lines {
        &self.message
    }

    /// What happened and what mends it, as a person reads it.
    pub(crate) fn lines(&self) -> Vec<String> {
        let help = self.help.as_ref().map(|help| format!("  help: {help}"));
        self.message.iter().map(str::to_owned).chain(help).collect()
    }

    /// The same on one line.
    pub(crate) fn line(&self) -> String {
        self.lines().iter().map(|line| line.trim()).collect::<Vec<_>>().join("; ")
    }

    /// What mends it.
    pub(crate) fn help(&self) -> Option<&str> {
        self.help.as_deref()
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

/// Of a text only tests may ask: it would lose the difference between lines.
#[cfg(test)]
impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
