//! The result of a workspace as text: first one table with a row for each stage of each
//! configuration, then the details. The details are the fields of some stages and the warnings
//! about each configuration. A stage is listed there if it is not complete, if it has a warning, or
//! if the program that `--run` runs did not verify it.

use crate::command::check::report::{CheckReport, CheckResult, RunCheckKind, StageCheck};
use crate::command::check::report_subject::ReportSubject;
use crate::command::check::summary::{format_result_cell, format_summary};
use crate::command::check::table::{print_stage, print_warnings};
use crate::error::CliError;
use crate::lines::Lines;
use crate::output::{self, Style, styled};

pub(super) fn print(subjects: &[ReportSubject<'_>]) -> Result<(), CliError> {
    let heads = ["BINARY", "CONFIGURATION", "STAGE", "RESULT"];
    let mut rows = vec![heads.map(|head| Lines::from(styled(Style::Heading, head)))];
    for subject in subjects {
        for stage in &subject.report.stages {
            rows.push(build_row(subject, stage));
        }
    }
    output::print_table(&rows)?;
    output::print_lines(String::new())?;

    for subject in subjects {
        for stage in &subject.report.stages {
            if needs_details(stage) {
                print_stage(subject.report, stage, &subject.stage_title(stage))?;
            }
        }
        if has_common_warnings(subject.report) {
            let title = format!("{}:", subject.title(""));
            output::print_lines(styled(Style::Heading, title))?;
            print_warnings(subject.report)?;
        }
    }

    let reports: Vec<&CheckReport> = subjects.iter().map(|subject| subject.report).collect();
    let stages: usize = reports.iter().map(|report| report.stages.len()).sum();
    output::eprint_line(&format!(
        "configurations: {}, stages: {stages}, {}",
        reports.len(),
        format_summary(&reports)
    ));
    Ok(())
}

/// Builds a row. Every row names the binary, the configuration and the stage, so that `grep` finds
/// it.
fn build_row(subject: &ReportSubject<'_>, stage: &StageCheck) -> [Lines; 4] {
    [
        subject.programs.clone().into(),
        subject.config.into(),
        stage.stage.as_str().into(),
        format_result_cell(subject.report, stage).into(),
    ]
}

/// Returns whether a user must know more about a stage than its row says.
fn needs_details(stage: &StageCheck) -> bool {
    stage.result != CheckResult::Complete
        || !stage.warnings.is_empty()
        || stage.fields.iter().any(|field| !field.warnings.is_empty())
        || stage
            .run
            .as_ref()
            .is_some_and(|run| run.kind != RunCheckKind::Verified)
}

fn has_common_warnings(report: &CheckReport) -> bool {
    !report.warnings.is_empty() || !report.shared_secrets.is_empty()
}
