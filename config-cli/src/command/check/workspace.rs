//! `cargo stage check --workspace`: checks every configuration of every binary of the workspace.

mod programs;
mod table;

use std::process::ExitCode;

use serde::Serialize;
use stage_config_core::manage::VariableSource;

use super::format::CheckFormat;
use super::report::{CheckReport, CheckResult, StageCheck};
use super::report_subject::ReportSubject;
use super::run::ProgramRunner;
use super::shared_secrets::find_shared_secrets;
use super::stage_checker::{CheckedStage, StageChecker};
use super::{CheckArguments, name_depth, new_report};
use crate::error::CliError;
use crate::output;
use crate::workspace_programs::ProgramName;
use programs::ProgramConfig;

/// The JSON output of `check --workspace`. Its `version` is the same number as the `version` of
/// each report in it.
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
    let configs = programs::find(arguments)?;
    let total = configs.iter().map(|config| config.stages.len()).sum();
    let mut check = WorkspaceCheck {
        arguments,
        checker: StageChecker::new(arguments, variables, total),
    };
    let mut configurations = Vec::with_capacity(configs.len());
    for config in configs {
        configurations.push(check.check_config(config).await);
    }

    let result = configurations.iter().map(|config| config.report.result);
    let report = WorkspaceReport {
        version: 2,
        depth: name_depth(check.checker.mode),
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

/// Checks the configurations over the same connections.
struct WorkspaceCheck<'a> {
    arguments: &'a CheckArguments,
    checker: StageChecker,
}

impl WorkspaceCheck<'_> {
    async fn check_config(&mut self, config: ProgramConfig) -> ConfigReport {
        let runner = ProgramRunner::find(&config.session, &self.arguments.run);
        let mut results = Vec::with_capacity(config.stages.len());
        let program = config.programs[0].display();
        for name in &config.stages {
            let planned =
                config.for_program(|| config.session.plan_stage(name, &self.arguments.identity));
            results.push(match planned {
                Ok(stage) => {
                    let checked = self.checker.check(stage, &program, &runner).await;
                    StageResult::Checked(Box::new(checked))
                }
                Err(problem) => {
                    self.checker.skip();
                    StageResult::Unplanned(name.clone(), problem)
                }
            });
        }
        let report = config.for_program(|| self.build_report(&config, results));
        ConfigReport {
            programs: config.programs,
            config: config.name,
            report,
        }
    }

    fn build_report(&self, config: &ProgramConfig, results: Vec<StageResult>) -> CheckReport {
        let (mut stages, mut checked) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                StageResult::Checked(stage) => {
                    stages.push(stage.examine(self.arguments));
                    checked.push(*stage);
                }
                StageResult::Unplanned(name, problem) => {
                    stages.push(StageCheck::from_error(&name, false, &problem));
                }
            }
        }
        let shared = find_shared_secrets(&config.session, &checked);
        new_report(&config.session, self.checker.mode, stages, shared)
    }
}
