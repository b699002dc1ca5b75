//! The result of a check as a Markdown table, for the summary of a GitHub Actions job.

use super::report::{CheckReport, CheckWarning, FieldCheck, FieldResult, StageCheck};
use super::report_subject::ReportSubject;
use super::shared_cause::{SharedCause, find_shared_causes, is_shared};
use super::summary::{format_stage_result, format_summary};
use super::table;
use crate::cause::Cause;
use crate::error::CliError;
use crate::help::SEPARATE_SECRETS;
use crate::output::{field_name, one_line};

/// Renders one table and the summary. Each stage has a row. Each field that has a problem or a
/// warning, or is not verified, has another row. Fields share a row if one cause prevented the
/// check of all of them. Each warning about a stage or the configuration has a row, and so has each
/// secret that stages share.
pub(super) fn render(subjects: &[ReportSubject<'_>]) -> String {
    let is_workspace = subjects.iter().any(|subject| !subject.programs.is_empty());
    let place: &[&str] = if is_workspace {
        &["Binary", "Configuration", "Stage"]
    } else {
        &["Stage"]
    };
    let head: Vec<String> = [place, &["Field", "Result", "Detail"]]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut text = String::new();
    push_row(&mut text, &head);
    push_row(&mut text, &vec!["---".to_owned(); head.len()]);
    for subject in subjects {
        for row in list_rows(subject) {
            let place = if is_workspace {
                vec![escape_lines(&subject.programs), escape_line(subject.config)]
            } else {
                Vec::new()
            };
            push_row(&mut text, &[place, row.to_vec()].concat());
        }
    }
    let reports: Vec<&CheckReport> = subjects.iter().map(|subject| subject.report).collect();
    text.push_str(&format!("\n{}\n", escape_line(&format_summary(&reports))));
    text
}

/// Returns the rows. Their cells are the stage, the field, the result and the details.
fn list_rows(subject: &ReportSubject<'_>) -> Vec<[String; 4]> {
    let report = subject.report;
    let mut rows = Vec::new();
    for stage in &report.stages {
        rows.push(build_stage_row(report, stage));
        let shared = find_shared_causes(stage);
        rows.extend(shared.iter().map(|shared| build_cause_row(stage, shared)));
        let causes: Vec<Cause> = shared.into_iter().map(|shared| shared.cause).collect();
        for field in table::sort_fields(stage) {
            if is_notable(field) && !(is_shared(field, &causes) && field.warnings.is_empty()) {
                rows.push(build_field_row(stage, field, &causes));
            }
        }
        for warning in &stage.warnings {
            rows.push(build_warning_row(&stage.stage, warning));
        }
    }
    for warning in &report.warnings {
        rows.push(build_warning_row("", warning));
    }
    for shared in &report.shared_secrets {
        rows.push([
            escape_line(&shared.stages.join(", ")),
            escape_line(&shared.field),
            "warning".to_owned(),
            format!("the stages share this secret: {SEPARATE_SECRETS}"),
        ]);
    }
    rows
}

fn is_notable(field: &FieldCheck) -> bool {
    matches!(
        field.result,
        FieldResult::Wrong | FieldResult::Unchecked | FieldResult::Unknown
    ) || !field.unverified.is_empty()
        || !field.warnings.is_empty()
}

fn build_stage_row(report: &CheckReport, stage: &StageCheck) -> [String; 4] {
    let mut details: Vec<String> = stage
        .unverified
        .iter()
        .map(|item| format!("not verified: {}", item.detail))
        .collect();
    details.extend(stage.problem.iter().flat_map(CliError::lines));
    [
        escape_line(&stage.stage),
        String::new(),
        escape_lines(&format_stage_result(report, stage)),
        escape_lines(&details),
    ]
}

/// Returns the row of all fields whose check was prevented by one cause.
fn build_cause_row(stage: &StageCheck, shared: &SharedCause<'_>) -> [String; 4] {
    [
        escape_line(&stage.stage),
        format!("{} fields", shared.fields.len()),
        "unchecked".to_owned(),
        escape_lines(&shared.lines()),
    ]
}

fn build_field_row(stage: &StageCheck, field: &FieldCheck, causes: &[Cause]) -> [String; 4] {
    let mut details = table::format_detail(field, causes);
    details.extend(table::find_help(field).map(|help| format!("help: {help}")));
    for warning in &field.warnings {
        details.push(format!("warning: {}", warning.detail));
        details.push(format!("help: {}", warning.help));
    }
    [
        escape_line(&stage.stage),
        escape_line(&field_name(table::name_subject(field), field.secret)),
        escape_line(&table::format_result(field)),
        escape_lines(&details),
    ]
}

fn build_warning_row(stage: &str, warning: &CheckWarning) -> [String; 4] {
    let details = [warning.detail.clone(), format!("help: {}", warning.help)];
    [
        escape_line(stage),
        String::new(),
        "warning".to_owned(),
        escape_lines(&details),
    ]
}

pub(super) fn push_row(text: &mut String, cells: &[String]) {
    text.push_str(&format!("| {} |\n", cells.join(" | ")));
}

fn escape_lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escape_line(line)).collect();
    lines.join("<br>")
}

/// Escapes a line of a cell: no character of the text can end the cell, or begin code, emphasis, a
/// link or HTML. Replaces hidden characters and tabs, and removes the white space at both ends.
pub(super) fn escape_line(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for c in one_line(line).trim().chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' => escaped.push(' '),
            '\\' | '|' | '`' | '*' | '_' | '~' | '[' | ']' | '$' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_shows_its_text_and_nothing_else() {
        assert_eq!(
            escape_line("a|b `c` <script>&amp; *d* _e_ [f](g) \\ ~~h~~ $i$"),
            "a\\|b \\`c\\` &lt;script&gt;&amp;amp; \\*d\\* \\_e\\_ \\[f\\](g) \\\\ \\~\\~h\\~\\~ \
             \\$i\\$"
        );
        assert_eq!(
            escape_line("\n::error::x\r| b"),
            "\u{fffd}::error::x\u{fffd}\\| b"
        );
        assert_eq!(
            escape_lines(&["a".to_owned(), "<br>".to_owned()]),
            "a<br>&lt;br&gt;"
        );
    }
}
