//! Why the command could not do what was asked, and the status that it ends with.

use std::process::ExitCode;

use stage_config_cli::artifact::Fault;
use stage_config_core::manage::ManageError;
use stage_config_core::sealed::{SealedError, SealedErrorKind};

use crate::lines::Lines;

/// What a script learns from the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// 1: refused, failed, or a check that found something wrong.
    Refused,
    /// 2: a check that could not be made. clap's own status for wrong usage is the same.
    Unchecked,
}

/// What happened, where, and what mends it. Never a value or a part of one.
#[derive(Debug)]
pub(crate) struct Problem {
    status: Status,
    what: Lines,
    remedy: Option<String>,
}

impl Problem {
    pub(crate) fn refused(what: impl Into<Lines>) -> Self {
        Self { status: Status::Refused, what: what.into(), remedy: None }
    }

    pub(crate) fn unchecked(what: impl Into<Lines>) -> Self {
        Self { status: Status::Unchecked, ..Self::refused(what) }
    }

    /// What the library says of the file or the call that is called `shown`. Where nobody could look, it is unchecked.
    pub(crate) fn of_sealed(shown: &str, error: &SealedError) -> Self {
        use SealedErrorKind::{Credentials, Denied, InvalidAnswer, Throttled, Unavailable};
        let text = error.to_string();
        let what = text.strip_suffix(&format!(". Remedy: {}", error.remedy())).unwrap_or(&text);
        let what = if what.starts_with(shown) { what.to_owned() } else { format!("{shown}: {what}") };
        let could_look = !matches!(error.kind(), Credentials | Denied | InvalidAnswer | Throttled | Unavailable);
        let status = if could_look { Status::Refused } else { Status::Unchecked };
        Self { status, what: what.into(), remedy: Some(error.remedy().to_owned()) }
    }

    /// An artifact that could not be read.
    pub(crate) fn of_artifact(fault: Fault) -> Self {
        Self::unchecked(fault.what).remedy(fault.remedy)
    }

    /// What the library says of something that was asked of AWS: nobody could look.
    pub(crate) fn of_manage(error: ManageError) -> Self {
        Self::unchecked(error.to_string()).remedy(error.remedy())
    }

    /// The command or change that mends it.
    #[must_use]
    pub(crate) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// The same, told of a part of this file.
    #[must_use]
    pub(crate) fn within(self, file: &str) -> Self {
        Self { what: self.what.map(|line| format!("{file}: {line}")), ..self }
    }

    /// The same, told of this stage.
    #[must_use]
    pub(crate) fn of_stage(self, stage: &str) -> Self {
        self.after(&format!("stage `{stage}`: "))
    }

    /// The same, as the outcome of a check that could not be made.
    #[must_use]
    pub(crate) fn into_unchecked(self) -> Self {
        Self { status: Status::Unchecked, ..self }
    }

    /// The same, where nothing was to be checked.
    #[must_use]
    pub(crate) fn into_refused(self) -> Self {
        Self { status: Status::Refused, ..self }
    }

    /// The same, with this before its first line.
    #[must_use]
    pub(crate) fn after(self, start: &str) -> Self {
        let mut start = Some(start);
        Self { what: self.what.map(|line| format!("{}{line}", start.take().unwrap_or_default())), ..self }
    }

    pub(crate) fn what(&self) -> &Lines {
        &self.what
    }

    /// What happened and what mends it, as a person reads it.
    pub(crate) fn lines(&self) -> Vec<String> {
        let remedy = self.remedy.as_ref().map(|remedy| format!("  remedy: {remedy}"));
        self.what.iter().map(str::to_owned).chain(remedy).collect()
    }

    /// The same on one line.
    pub(crate) fn line(&self) -> String {
        self.lines().iter().map(|line| line.trim()).collect::<Vec<_>>().join("; ")
    }

    /// What mends it.
    pub(crate) fn mend(&self) -> Option<&str> {
        self.remedy.as_deref()
    }

    pub(crate) fn is_unchecked(&self) -> bool {
        self.status == Status::Unchecked
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.status {
            Status::Refused => 1,
            Status::Unchecked => 2,
        })
    }
}

/// Of a text only tests may ask: it would lose the difference between lines.
#[cfg(test)]
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
