//! The result of a stage as text, and the last line of a check, which counts the results.

use super::report::{CheckReport, CheckResult, FieldResult, StageCheck, UnverifiedCounts};
use crate::output::{self, Style, styled};

/// Returns the result of a stage as lines. They also say what is not verified, and whether the
/// stage is undeclared.
pub(super) fn format_stage_result(report: &CheckReport, stage: &StageCheck) -> Vec<String> {
    let (style, word) = choose_word(report, stage);
    let depth = match report.depth {
        "offline" => ", as far as can be verified offline",
        "existence" => ", as far as can be verified without the values",
        _ => "",
    };
    let exceptions = match (stage.result, report.depth) {
        (_, "offline") => Vec::new(),
        (CheckResult::Complete | CheckResult::Unverified, _) => {
            format_exceptions(stage.unverified_values)
        }
        _ => Vec::new(),
    };
    let mut lines = vec![styled(style, word)];
    // Two exceptions on one line would not fit a terminal of 80 columns.
    let mut exceptions = exceptions.into_iter();
    lines[0].extend(exceptions.next().map(|first| format!(", except {first}")));
    lines.extend(exceptions.map(|other| format!("and {other}")));
    lines
        .last_mut()
        .into_iter()
        .for_each(|last| last.push_str(depth));
    if stage.fallback {
        lines.push(format!(
            "`{}` is not declared: it uses the fallback sources",
            stage.stage
        ));
    }
    lines
}

/// Returns the result of a stage for a table cell. The whole text has the style of the result, and
/// not only the word.
pub(super) fn format_result_cell(report: &CheckReport, stage: &StageCheck) -> Vec<String> {
    let (style, _) = choose_word(report, stage);
    let lines = format_stage_result(report, stage).into_iter();
    lines
        .map(|line| styled(style, output::remove_marks(&line)))
        .collect()
}

fn choose_word(report: &CheckReport, stage: &StageCheck) -> (Style, &'static str) {
    match stage.result {
        // An offline check verifies very little, so this result is not called `complete`.
        CheckResult::Complete if report.depth == "offline" => (Style::Doubtful, "no problem found"),
        CheckResult::Complete if stage.unverified_values.is_zero() => (Style::Good, "complete"),
        CheckResult::Complete => (Style::Doubtful, "complete"),
        CheckResult::Unverified => (Style::Bad, "complete"),
        CheckResult::Unchecked => (Style::Doubtful, "could not be checked"),
        CheckResult::Incomplete => (Style::Bad, "INCOMPLETE"),
    }
}

/// Lists the values of a complete stage that are not verified. Values that were not read are not
/// listed, because the line then ends with the depth of the check: "as far as can be verified …".
fn format_exceptions(counts: UnverifiedCounts) -> Vec<String> {
    let program = (counts.program > 0).then(|| {
        format!(
            "{} that only the program can verify",
            output::count_values(counts.program)
        )
    });
    let deployment = (counts.deployment > 0).then(|| {
        format!(
            "{} that only the deployment knows",
            output::count_values(counts.deployment)
        )
    });
    program.into_iter().chain(deployment).collect()
}

/// Counts the fields, problems and warnings of the reports.
pub(super) fn format_summary(reports: &[&CheckReport]) -> String {
    let stages = || reports.iter().flat_map(|report| &report.stages);
    let fields = || stages().flat_map(|stage| &stage.fields);
    let count = |result: FieldResult| fields().filter(|field| field.result == result).count();
    let unverified = fields()
        .filter(|field| !field.unverified.is_empty())
        .count()
        + stages().map(|stage| stage.unverified.len()).sum::<usize>();
    let is_unread =
        |stage: &&StageCheck| stage.problem.is_some() && stage.result == CheckResult::Unchecked;
    let unread_count = stages().filter(is_unread).count();
    let unread = if unread_count > 0 {
        format!(", stages not checked: {unread_count}")
    } else {
        String::new()
    };
    let stage_warnings = stages().map(|stage| stage.warnings.len()).sum::<usize>();
    let common_warnings = reports
        .iter()
        .map(|report| report.warnings.len() + report.shared_secrets.len())
        .sum::<usize>();
    let warnings = fields().map(|field| field.warnings.len()).sum::<usize>()
        + stage_warnings
        + common_warnings;
    let strict = match reports.iter().map(|report| report.result).max() {
        Some(CheckResult::Unverified) => "; with --strict, an unverified value is an error",
        _ => "",
    };
    format!(
        "fields: {}, wrong: {}, not checked: {}, not verified: {unverified}, warnings: \
         {warnings}{unread}{strict}",
        fields().count(),
        count(FieldResult::Wrong),
        count(FieldResult::Unchecked),
    )
}
