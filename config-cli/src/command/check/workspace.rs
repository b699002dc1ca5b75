//! `cargo stage check --workspace`: checks every configuration of every binary of the workspace.

mod programs;
mod table;

use std::process::ExitCode;

use serde::Serialize;
use stage_config_core::manage::{ReadMode, ReadStage, VariableSource};

use super::format::CheckFormat;
use super::report::{CheckReport, CheckResult, StageCheck};
use super::report_subject::{ProgramName, ReportSubject};
use super::run::ProgramRunner;
use super::shared_secrets::find_shared_secrets;
use super::{CheckArguments, CheckedStage, choose_read_mode, name_depth, new_report, run_program};
use crate::error::CliError;
use crate::output;
use crate::progress::wait_with_progress;
use crate::session::{Connections, StageSession};
use programs::ProgramConfig;

/// The JSON output. Its version is that of each report.
#[derive(Serialize)]
struct WorkspaceReport {
    version: u32,
    depth: &'static str,
    result: CheckResult,
    configurations: Vec<ConfigReport>,
}

#[derive(Serialize)]
struct ConfigReport {
    programs: Vec<ProgramName>,
    #[serde(skip)]
    config: String,
    #[serde(flatten)]
    report: CheckReport,
}

/// The result of a stage before its report is built.
enum StageResult {
    Checked(Box<CheckedStage>),
    /// The stage has no valid plan.
    Unplanned(String, CliError),
}

pub(super) async fn run(
    arguments: &CheckArguments,
    variables: VariableSource,
) -> Result<ExitCode, CliError> {
    let mode = choose_read_mode(arguments);
    let configs = programs::find(arguments)?;
    let total = configs.iter().map(|config| config.stages.len()).sum();
    let mut check = WorkspaceCheck {
        arguments,
        mode,
        variables,
        connections: Connections::default(),
        position: 0,
        total,
    };
    let mut configurations = Vec::with_capacity(configs.len());
    for config in configs {
        configurations.push(check.check_config(config).await);
    }

    let result = configurations.iter().map(|config| config.report.result);
    let report = WorkspaceReport {
        version: 2,
        depth: name_depth(mode),
        result: result.max().unwrap_or(CheckResult::Complete),
        configurations,
    };
    print(arguments.format(), &report)?;
    Ok(ExitCode::from(report.result.exit_status()))
}

fn print(format: CheckFormat, report: &WorkspaceReport) -> Result<(), CliError> {
    let subjects: Vec<ReportSubject<'_>> = report
        .configurations
        .iter()
        .map(|config| ReportSubject {
            programs: config.programs.iter().map(ProgramName::display).collect(),
            config: &config.config,
            report: &config.report,
        })
        .collect();
    match format {
        CheckFormat::Json => output::print_json(report),
        CheckFormat::Text => table::print(&subjects),
        CheckFormat::Github | CheckFormat::Markdown => format.print_for_job(&subjects),
    }
}

/// Checks the stages one after another, over the same connections.
struct WorkspaceCheck<'a> {
    arguments: &'a CheckArguments,
    mode: ReadMode,
    variables: VariableSource,
    connections: Connections,
    /// The number of the current stage, from 1; 0 before the first one.
    position: usize,
    total: usize,
}

impl WorkspaceCheck<'_> {
    async fn check_config(&mut self, config: ProgramConfig) -> ConfigReport {
        let runner = ProgramRunner::find(&config.session, &self.arguments.run);
        let mut results = Vec::with_capacity(config.stages.len());
        for name in &config.stages {
            self.position += 1;
            let planned =
                config.for_program(|| config.session.plan_stage(name, &self.arguments.identity));
            results.push(match planned {
                Ok(stage) => {
                    StageResult::Checked(Box::new(self.check_stage(stage, &config, &runner).await))
                }
                Err(problem) => StageResult::Unplanned(name.clone(), problem),
            });
        }
        let report = config.for_program(|| self.build_report(&config, results));
        ConfigReport {
            programs: config.programs,
            config: config.name,
            report,
        }
    }

    /// Reads a stage, and runs its program with `--run`. A program that cannot run is the error of
    /// the stage.
    async fn check_stage(
        &mut self,
        stage: StageSession,
        config: &ProgramConfig,
        runner: &Result<Option<ProgramRunner>, CliError>,
    ) -> CheckedStage {
        let reading = self.read(&stage, config).await;
        let run = match runner {
            Ok(Some(runner)) if reading.is_ok() => {
                let connections = &mut self.connections;
                let run = run_program(runner, &stage, connections, &self.variables).await;
                run.map(Some)
            }
            Err(problem) if reading.is_ok() => Err(problem.clone()),
            // The error of the reading is that of the stage.
            _ => Ok(None),
        };
        match run {
            Ok(run) => CheckedStage {
                stage,
                reading,
                run,
            },
            Err(problem) => CheckedStage {
                stage,
                reading: Err(problem),
                run: None,
            },
        }
    }

    async fn read(
        &mut self,
        stage: &StageSession,
        config: &ProgramConfig,
    ) -> Result<ReadStage, CliError> {
        let progress = format!(
            "reading `{}` of {} ({} of {})",
            stage.name(),
            config.programs[0].display(),
            self.position,
            self.total
        );
        let read = stage.read_over(&mut self.connections, self.mode, self.variables.clone());
        wait_with_progress(&progress, read).await
    }

    fn build_report(&self, config: &ProgramConfig, results: Vec<StageResult>) -> CheckReport {
        let (mut stages, mut checked) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                StageResult::Checked(stage) => {
                    let stage = stage.complete_help();
                    stages.push(stage.examine(self.arguments));
                    checked.push(stage);
                }
                StageResult::Unplanned(name, problem) => {
                    let problem = problem.complete_help();
                    stages.push(StageCheck::from_error(&name, false, &problem));
                }
            }
        }
        // If a declared stage has no valid plan, its own error says so.
        let shared = find_shared_secrets(&config.session, &self.arguments.identity, &checked);
        new_report(
            &config.session,
            self.mode,
            stages,
            shared.unwrap_or_default(),
        )
    }
}

impl CheckedStage {
    /// Completes the help of an error with the options of the current program.
    fn complete_help(self) -> Self {
        Self {
            reading: self.reading.map_err(CliError::complete_help),
            ..self
        }
    }
}
