//! Prints the result of checking functions as text: an overview of several functions, then one
//! table for each function, with the worst findings first.

use stage_config_core::Help;

use super::report::{Finding, FindingGroup, FindingResult, FunctionCheck, FunctionReport};
use crate::command::check::report::CheckResult;
use crate::error::CliError;
use crate::lines::Lines;
use crate::output::{self, Style, styled};

pub(super) fn print(report: &FunctionReport) -> Result<(), CliError> {
    if report.functions.len() > 1 {
        print_overview(report)?;
    }
    for check in &report.functions {
        print_function(check)?;
    }
    output::eprint_line(&report.summary());
    Ok(())
}

/// Prints one row for each function, so that `grep` finds the function and its result.
fn print_overview(report: &FunctionReport) -> Result<(), CliError> {
    let heads = ["FUNCTION", "STAGE", "RESULT"];
    let mut rows = vec![heads.map(|head| Lines::from(styled(Style::Heading, head)))];
    rows.extend(report.functions.iter().map(|check| {
        [
            check.function.as_str().into(),
            check.stage.as_str().into(),
            format_result(check).into(),
        ]
    }));
    output::print_table(&rows)?;
    output::print_lines(String::new())
}

fn print_function(check: &FunctionCheck) -> Result<(), CliError> {
    let title = styled(Style::Heading, check.title());
    let mut heading = vec![format!("{title}: {}", format_result(check))];
    heading.extend(check.problem.iter().flat_map(CliError::lines));
    output::print_lines(heading)?;
    if !check.findings.is_empty() {
        let heads = ["PART", "RESULT", "DETAIL"];
        let mut rows = vec![heads.map(|head| Lines::from(styled(Style::Heading, head)))];
        rows.extend(check.group_findings().iter().map(build_row));
        output::print_table(&rows)?;
    }
    let help = list_help_texts(check);
    let mut lines = if help.is_empty() {
        Vec::new()
    } else {
        vec![String::new()]
    };
    lines.extend(help);
    lines.push(String::new());
    output::print_lines(lines)
}

fn build_row(group: &FindingGroup<'_>) -> [Lines; 3] {
    let Finding { part, result, .. } = group.first;
    [
        part.label().into(),
        styled(choose_style(*result), result.label()).into(),
        group.message().into(),
    ]
}

/// Lists each help once.
fn list_help_texts(check: &FunctionCheck) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let helps = check.findings.iter().map(Finding::help);
    for help in helps.filter(|help| !Help::is_empty(help)) {
        let text = format!("help: {help}");
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// Returns the result of a function, and the numbers of unverified findings and of warnings.
pub(super) fn format_result(check: &FunctionCheck) -> String {
    let (style, word) = match check.result {
        CheckResult::Complete => (Style::Good, "complete"),
        CheckResult::Unverified => (Style::Bad, "complete"),
        CheckResult::Unchecked => (Style::Doubtful, "could not be checked"),
        CheckResult::Incomplete => (Style::Bad, "INCOMPLETE"),
    };
    let parts = [
        (FindingResult::Unverified, "not verified"),
        (FindingResult::Warning, "warnings"),
    ];
    let counts: Vec<String> = parts
        .into_iter()
        .filter(|(result, _)| check.count(*result) > 0)
        .map(|(result, label)| format!("{label}: {}", check.count(result)))
        .collect();
    if counts.is_empty() {
        styled(style, word)
    } else {
        format!("{}, {}", styled(style, word), counts.join(", "))
    }
}

fn choose_style(result: FindingResult) -> Style {
    match result {
        FindingResult::Wrong => Style::Bad,
        FindingResult::Unchecked | FindingResult::Unverified | FindingResult::Warning => {
            Style::Doubtful
        }
        FindingResult::Ok => Style::Good,
    }
}
