//! Reads the stages of a check one after another. With `--run`, also runs the program in each
//! stage.

use stage_config_core::manage::{ReadMode, ReadStage, VariableSource};

use super::report::StageCheck;
use super::run::{self, ProgramRunner, StageRun};
use super::{CheckArguments, choose_read_mode, examine};
use crate::error::CliError;
use crate::progress::wait_with_progress;
use crate::session::{Connections, StageSession};

/// A stage and the result of reading it.
pub(super) struct CheckedStage {
    pub(super) stage: StageSession,
    pub(super) reading: Result<ReadStage, CliError>,
    /// The result of running the program. `None` without `--run`, or if the stage could not be
    /// read.
    run: Option<StageRun>,
}

impl CheckedStage {
    /// Builds the result of the stage. The commands in its help lines get the shared options of
    /// this command, and the options that select the program that is checked
    /// (`invocation::for_program`).
    pub(super) fn examine(&self, arguments: &CheckArguments) -> StageCheck {
        let Self {
            stage,
            reading,
            run,
        } = self;
        let mut check = match (reading, run) {
            (Ok(reading), Some(run)) => {
                run::merge(examine::examine_stage(stage, reading), stage, run)
            }
            (Ok(reading), None) => examine::examine_stage(stage, reading),
            (Err(problem), _) => {
                StageCheck::from_error(stage.name(), stage.plan.stage().is_fallback(), problem)
            }
        };
        check.problem = check.problem.map(CliError::complete_help);
        if arguments.strict {
            check.into_strict()
        } else {
            check
        }
    }
}

/// Checks the stages of a command. The stages often share an account and its quota, so they are
/// read one after another.
pub(super) struct StageChecker {
    pub(super) mode: ReadMode,
    variables: VariableSource,
    connections: Connections,
    /// The number of the current stage, from 1; 0 before the first one.
    position: usize,
    total: usize,
}

impl StageChecker {
    /// Creates the checker of `total` stages.
    pub(super) fn new(arguments: &CheckArguments, variables: VariableSource, total: usize) -> Self {
        Self {
            mode: choose_read_mode(arguments),
            variables,
            connections: Connections::default(),
            position: 0,
            total,
        }
    }

    /// Counts a stage that is not read, because it has no valid plan.
    pub(super) fn skip(&mut self) {
        self.position += 1;
    }

    /// Reads a stage, and then runs the program if there is a runner. `program` is the name of the
    /// program for the progress line; it is empty if only one program is checked. If `runner` is an
    /// error, this error is the result of the run, and the result of the read is kept.
    pub(super) async fn check(
        &mut self,
        stage: StageSession,
        program: &str,
        runner: &Result<Option<ProgramRunner>, CliError>,
    ) -> CheckedStage {
        self.position += 1;
        let (name, connections) = (stage.name(), &mut self.connections);
        let place = if program.is_empty() {
            String::new()
        } else {
            format!(" of {program}")
        };
        let progress = format!(
            "reading `{name}`{place} ({} of {})",
            self.position, self.total
        );
        let read = stage.read_over(connections, self.mode, self.variables.clone());
        let reading = wait_with_progress(&progress, read).await;
        let run = match (&reading, runner) {
            (Err(_), _) | (_, Ok(None)) => None,
            (Ok(_), Err(problem)) => Some(StageRun::NotStarted(problem.clone())),
            (Ok(reading), Ok(Some(runner))) => {
                let progress = format!("running the program for `{name}`");
                let run = runner.run(&stage, reading, connections, &self.variables);
                Some(wait_with_progress(&progress, run).await)
            }
        };
        CheckedStage {
            stage,
            reading,
            run,
        }
    }
}
