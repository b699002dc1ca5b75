//! The place that an export writes to.

use std::path::PathBuf;

use super::ExportArguments;
use crate::append_file;
use crate::atomic_file::{self, FileAccess};
use crate::error::CliError;
use crate::format::{ExportFormat, ExportedText};
use crate::{interrupt, output};

/// The variable that names the file for the variables of later steps in GitHub Actions.
const GITHUB_FILE_VARIABLE: &str = "GITHUB_ENV";

/// The variable that is `true` in every step of GitHub Actions.
const GITHUB_ACTIONS_VARIABLE: &str = "GITHUB_ACTIONS";

pub(super) enum ExportTarget {
    StandardOutput,
    File {
        path: PathBuf,
        overwrite: bool,
    },
    /// The file of a runner of GitHub Actions. Standard output gets the masks: the commands that
    /// hide the secrets in the log.
    RunnerFile(PathBuf),
}

impl ExportTarget {
    /// Chooses the target, and checks its path before the values are read.
    pub(super) fn choose(
        arguments: &ExportArguments,
        format: ExportFormat,
    ) -> Result<Self, CliError> {
        if format == ExportFormat::Github {
            return choose_runner_file(arguments);
        }
        let Some(path) = arguments.output.clone() else {
            return Ok(Self::StandardOutput);
        };
        atomic_file::check_path(&path, arguments.overwrite)?;
        Ok(Self::File {
            path,
            overwrite: arguments.overwrite,
        })
    }

    /// Returns whether the target may get secrets without `--reveal`: only if no secret reaches a
    /// terminal. For a runner's file, standard output gets the masks, which contain the secrets.
    pub(super) fn can_hold_secrets(&self) -> bool {
        match self {
            Self::File { .. } => true,
            Self::StandardOutput | Self::RunnerFile(_) => !output::is_stdout_terminal(),
        }
    }

    /// Writes the text. `content` describes it in the message, for example as `3 values`.
    pub(super) async fn write(
        &self,
        exported: &ExportedText,
        content: &str,
        stage: &str,
    ) -> Result<(), CliError> {
        let path = match self {
            Self::StandardOutput => return output::print_value(exported.text.as_bytes()),
            Self::File { path, overwrite } => {
                let (name, text) = (path.display().to_string(), exported.text.as_bytes());
                let write = || atomic_file::write(path, &name, text, FileAccess::Owner, *overwrite);
                interrupt::protect_write(async { write() }).await?;
                path
            }
            Self::RunnerFile(path) => {
                // The runner must know the masks before a later step prints a value.
                output::print_required(exported.masks.as_bytes())?;
                interrupt::protect_write(async { append_file::append(path, &exported.text) })
                    .await?;
                path
            }
        };
        output::eprint_line(&format!(
            "{}: {content} of the stage `{stage}`",
            path.display()
        ));
        Ok(())
    }
}

fn choose_runner_file(arguments: &ExportArguments) -> Result<ExportTarget, CliError> {
    if arguments.overwrite {
        return Err(CliError::undetermined(
            "--overwrite does not apply to --format github, which appends to the file",
        )
        .with_help("omit --overwrite"));
    }
    check_runner()?;
    let variable = std::env::var_os(GITHUB_FILE_VARIABLE).filter(|path| !path.is_empty());
    let path = arguments.output.clone().or(variable.map(PathBuf::from));
    let path = path.ok_or_else(|| {
        CliError::undetermined(format!("{GITHUB_FILE_VARIABLE} is not set"))
            .with_help("run it in a step of GitHub Actions, or name a file: --output FILE")
    })?;
    // With `true`, the file may exist. A path that is not a regular file is still refused.
    atomic_file::check_path(&path, true)?;
    Ok(ExportTarget::RunnerFile(path))
}

/// Refuses to print masks outside of GitHub Actions, because only its runner hides them in the log.
fn check_runner() -> Result<(), CliError> {
    if std::env::var_os(GITHUB_ACTIONS_VARIABLE).is_some_and(|value| value == "true") {
        return Ok(());
    }
    let message = format!(
        "--format github prints secrets as commands that only a runner of GitHub Actions hides, \
         and {GITHUB_ACTIONS_VARIABLE} is not `true`"
    );
    Err(CliError::undetermined(message).with_help(
        "run it in a step of GitHub Actions; elsewhere write a file in another format: \
         --format dotenv --output FILE",
    ))
}
