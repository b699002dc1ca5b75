//! `check --run`: the built program checks the stage with its own types and stores.

mod environment;
mod merge;
mod program;
mod unanswered;
mod verdict;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use clap::Args;
use stage_config_core::manage::{
    CHECK_RUN_VARIABLE, CheckRequest, ProgramReport, ReadStage, VariableSource,
};
use stage_config_grammar::duration::{format_duration, parse_duration};

use super::report::{RunCheck, RunCheckKind};
use crate::error::CliError;
use crate::interrupt;
use crate::session::{Connections, Session, StageSession};
use crate::usage::ArgumentProblem;
pub(super) use merge::merge;
use program::Program;
pub(super) use program::can_run_program;

/// The maximum size of a report.
const MAX_REPORT: u64 = 16 << 20;

const REPORT_FILE: &str = "report.json";

/// The options of `--run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Run the built program, which checks the stage with its own types and stores
    ///
    /// The program's code runs with your credentials up to the first load of the configuration.
    /// That load checks the stage, writes a report, and ends the program. Only the report is read.
    #[arg(long, conflicts_with_all = ["no_decrypt", "offline"])]
    pub(crate) run: bool,

    /// The time that the program may take for each stage
    #[arg(long, value_name = "DURATION", requires = "run", default_value = "60s", value_parser = parse_limit)]
    pub(crate) run_timeout: Duration,

    /// Show the program's output, which may contain values, on standard error
    #[arg(long, requires = "run")]
    pub(crate) show_output: bool,
}

fn parse_limit(text: &str) -> Result<Duration, ArgumentProblem> {
    match parse_duration(text) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        Ok(_) => Err(ArgumentProblem(
            "expected a duration longer than 0s, as in `90s`".to_owned(),
        )),
        Err(error) => Err(ArgumentProblem(error.to_string())),
    }
}

/// The result of running the program for one stage.
pub(super) enum StageRun {
    /// The program wrote its report.
    Reported(ProgramReport),
    /// The program was not run, or wrote no report that can be used.
    NotVerified(RunCheck),
    /// The program could not be started: for example, it cannot run on this machine, or the
    /// identity of the stage cannot be used.
    NotStarted(CliError),
}

/// Runs the program of a configuration once for each stage.
pub(super) struct ProgramRunner {
    program: Program,
    limit: Duration,
    show_output: bool,
}

impl ProgramRunner {
    /// Finds the program. Returns `None` without `--run`.
    pub(super) fn find(
        session: &Session,
        arguments: &RunArguments,
    ) -> Result<Option<Self>, CliError> {
        if !arguments.run {
            return Ok(None);
        }
        Ok(Some(Self {
            program: Program::find(session)?,
            limit: arguments.run_timeout,
            show_output: arguments.show_output,
        }))
    }

    /// Runs the program for a stage, unless the stores of the stage gave no answer.
    pub(super) async fn run(
        &self,
        stage: &StageSession,
        reading: &ReadStage,
        connections: &mut Connections,
        deployment: &VariableSource,
    ) -> StageRun {
        if unanswered::is_unanswered(reading) {
            let detail = "not run, because nothing could be read";
            let check = RunCheck::new(RunCheckKind::NotStarted, "", detail, "");
            return StageRun::NotVerified(check);
        }
        let run = self.start(stage, connections, deployment).await;
        run.unwrap_or_else(StageRun::NotStarted)
    }

    /// Starts the program and reads its result.
    ///
    /// # Errors
    ///
    /// Returns an error if the program cannot be started.
    async fn start(
        &self,
        stage: &StageSession,
        connections: &mut Connections,
        deployment: &VariableSource,
    ) -> Result<StageRun, CliError> {
        let identity = stage.program_variables(connections, deployment).await?;
        let folder = create_folder()?;
        let report = folder.path().join(REPORT_FILE);
        let request = CheckRequest::new(stage.plan.schema(), stage.name(), report.clone());
        let request = request.to_text().map_err(|_| {
            let path = folder.path().display();
            CliError::undetermined(format!("the path of {path} is not UTF-8"))
                .with_help("set TMPDIR to a folder whose path is UTF-8")
        })?;

        let mut command = Command::new(&self.program.path);
        environment::set_variables(&mut command, stage, deployment, &identity);
        command.env(CHECK_RUN_VARIABLE, request);
        self.redirect(&mut command);
        let status = interrupt::run_in_group(&mut command, self.limit)
            .await
            .map_err(|error| self.program.start_error(&error))?;
        Ok(self.read_result(&report, status))
    }

    /// Redirects the program's output. With `--show-output`, the output goes to standard error, so
    /// that it does not mix with the report of this command. Otherwise it is discarded.
    fn redirect(&self, command: &mut Command) {
        let output = || {
            if self.show_output {
                Stdio::from(io::stderr())
            } else {
                Stdio::null()
            }
        };
        command
            .stdin(Stdio::null())
            .stdout(output())
            .stderr(output());
    }

    /// Reads the report. `status` is the exit status of the program, or `None` if the program
    /// reached its time limit.
    fn read_result(&self, report: &Path, status: Option<ExitStatus>) -> StageRun {
        let end = match status {
            Some(status) => format!("the program ended ({status})"),
            None => format!("the program ran for {}", format_duration(self.limit)),
        };
        let (kind, detail) = match read_report(report) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let name = self.program.config;
                let detail = format!("not reached: {end} without a load of `{name}`");
                (RunCheckKind::NotReached, detail)
            }
            Err(error) => {
                let detail = format!("the report of the program cannot be read: {}", error.kind());
                (RunCheckKind::Unreadable, detail)
            }
            // The check creates the file when it begins, so an empty file belongs to a check that
            // has not finished.
            Ok(content) if content.is_empty() => {
                let detail = format!("not finished: {end} during its check");
                (RunCheckKind::NotFinished, detail)
            }
            Ok(content) => match ProgramReport::parse(&content) {
                Ok(report) => return StageRun::Reported(report),
                Err(_) => {
                    let detail = "the report of the program is not complete, or from another \
                                  version of stage-config";
                    (RunCheckKind::Unreadable, detail.to_owned())
                }
            },
        };
        let help = match (kind, status, self.show_output) {
            (RunCheckKind::Unreadable, ..) => {
                "build the program and `cargo stage` from the same version of stage-config"
            }
            (_, None, _) => "allow more time with `--run-timeout`, or see `--show-output`",
            (_, _, true) => "load the configuration at the start of the program",
            (_, _, false) => "see the program's output with `--show-output`",
        };
        StageRun::NotVerified(RunCheck::new(kind, "", detail, help))
    }
}

/// Creates a folder that only this user can open. The program creates its report there.
fn create_folder() -> Result<tempfile::TempDir, CliError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("cargo-stage-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir().map_err(|error| {
        let folder = std::env::temp_dir();
        CliError::undetermined(format!(
            "{}: no folder can be created: {error}",
            folder.display()
        ))
        .with_help("set TMPDIR to a folder that you can write to")
    })
}

/// Reads the report. The program's code could create any kind of file, so only a regular file of at
/// most [`MAX_REPORT`] bytes is read.
fn read_report(path: &Path) -> io::Result<Vec<u8>> {
    let file = open_report(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > MAX_REPORT {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    let mut content = Vec::new();
    file.take(MAX_REPORT).read_to_end(&mut content)?;
    Ok(content)
}

/// Opens the file without following a link. A process that the program has started may still
/// replace the file. So the caller checks the open file, and because of `NONBLOCK`, opening a pipe
/// without a writer does not block.
#[cfg(unix)]
fn open_report(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = File::options();
    options.read(true).custom_flags(flags.bits().cast_signed());
    options.open(path)
}

/// Opens the file if it is a regular file, and not a link.
#[cfg(not(unix))]
fn open_report(path: &Path) -> io::Result<File> {
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    File::open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_a_regular_file_is_read_as_a_report() {
        let folder = create_folder().unwrap();
        let path = |name: &str| folder.path().join(name);
        let read = |name: &str| read_report(&path(name)).map_err(|error| error.kind());
        fs::write(path("file"), "{}").unwrap();
        fs::create_dir(path("folder")).unwrap();
        assert_eq!(read("file").unwrap(), b"{}");
        assert_eq!(read("absent"), Err(io::ErrorKind::NotFound));
        assert_eq!(read("folder"), Err(io::ErrorKind::InvalidData));
        let large = fs::File::create(path("large")).unwrap();
        large.set_len(MAX_REPORT + 1).unwrap();
        assert_eq!(read("large"), Err(io::ErrorKind::InvalidData));
        #[cfg(unix)]
        {
            use std::os::unix::fs::{PermissionsExt as _, symlink};
            symlink(path("file"), path("link")).unwrap();
            let refused = read_report(&path("link")).unwrap_err();
            assert_eq!(
                refused.raw_os_error(),
                Some(rustix::io::Errno::LOOP.raw_os_error())
            );
            let pipe = std::process::Command::new("mkfifo")
                .arg(path("pipe"))
                .status();
            assert!(pipe.unwrap().success());
            assert_eq!(read("pipe"), Err(io::ErrorKind::InvalidData));
            let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }

    #[test]
    fn a_time_limit_is_a_duration_above_zero() {
        assert_eq!(parse_limit("90s").ok(), Some(Duration::from_secs(90)));
        for text in ["", "0s", "90", "-1s", "5M"] {
            assert!(parse_limit(text).is_err(), "{text}");
        }
    }
}
