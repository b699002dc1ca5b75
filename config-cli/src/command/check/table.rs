//! The result of a check as text: one table for each stage, with the problems first.

use stage_config_core::Help;

use super::report::{
    CheckReport, CheckWarning, FieldCheck, FieldFailure, FieldResult, SharedBy, StageCheck,
    UnverifiedKind,
};
use super::shared_cause::{find_shared_causes, is_shared};
use super::summary::{self, format_summary};
use crate::cause::Cause;
use crate::error::CliError;
use crate::help::SEPARATE_SECRETS;
use crate::lines::Lines;
use crate::output::{self, Style, styled};

pub(super) fn print(report: &CheckReport) -> Result<(), CliError> {
    for (index, stage) in report.stages.iter().enumerate() {
        let is_reported = |other| has_same_problem(other, stage);
        if !report.stages[..index].iter().any(is_reported) {
            print_stage(report, stage, &list_names(report, stage))?;
        }
    }
    print_warnings(report)?;
    output::eprint_line(&format_summary(&[report]));
    Ok(())
}

/// Prints a stage under this title.
pub(super) fn print_stage(
    report: &CheckReport,
    stage: &StageCheck,
    title: &str,
) -> Result<(), CliError> {
    output::print_lines(format_heading(report, stage, title))?;
    if !stage.fields.is_empty() {
        let shared = find_shared_causes(stage).into_iter();
        let causes: Vec<Cause> = shared.map(|shared| shared.cause).collect();
        output::print_table(&build_rows(stage, &causes))?;
        let causes = causes.iter().map(|cause| format!("not checked: {cause}"));
        let help = stage.help.iter().map(|help| format!("help: {help}"));
        let lines: Vec<String> = causes.chain(list_help_texts(stage)).chain(help).collect();
        output::print_lines(lines)?;
    }
    let mut lines: Vec<String> = stage
        .unverified
        .iter()
        .map(|item| format!("not verified: {}", item.detail))
        .collect();
    match &stage.run {
        Some(run) if stage.problem.is_none() && !run.help.is_empty() => {
            lines.push(format!("help: {}", run.help));
        }
        None if stage.unverified_values.program > 0 => {
            lines.extend(format_program_check(report, stage));
        }
        _ => {}
    }
    lines.extend(stage.warnings.iter().flat_map(format_warning));
    lines.push(String::new());
    output::print_lines(lines)
}

/// Prints the warnings about the configuration.
pub(super) fn print_warnings(report: &CheckReport) -> Result<(), CliError> {
    if !report.warnings.is_empty() {
        let mut lines: Vec<String> = report.warnings.iter().flat_map(format_warning).collect();
        lines.push(String::new());
        output::print_lines(lines)?;
    }
    print_shared_secrets(report)
}

/// Returns whether two stages could not be checked for the same reason, such as a wrong variable.
/// A stage with fields was checked, even if its program then failed.
fn has_same_problem(one: &StageCheck, other: &StageCheck) -> bool {
    let lines = |stage: &StageCheck| stage.problem.as_ref().map(CliError::lines);
    let has_no_fields = one.fields.is_empty() && other.fields.is_empty();
    has_no_fields
        && one.problem.is_some()
        && one.fallback == other.fallback
        && lines(one) == lines(other)
}

/// Returns the path of the field. A failure of the whole struct, from its `validate`, has no path
/// and gets a fixed text.
pub(super) fn name_subject(field: &FieldCheck) -> &str {
    match field.field.as_str() {
        "" => "(the whole struct)",
        name => name,
    }
}

fn format_warning(warning: &CheckWarning) -> [String; 2] {
    [
        format!("{}: {}", styled(Style::Doubtful, "warning"), warning.detail),
        format!("help: {}", warning.help),
    ]
}

/// Lists the stage and the stages that could not be checked for the same reason.
fn list_names(report: &CheckReport, stage: &StageCheck) -> String {
    let stages = report.stages.iter();
    let names: Vec<&str> = stages
        .filter(|other| other.stage == stage.stage || has_same_problem(other, stage))
        .map(|other| other.stage.as_str())
        .collect();
    names.join(", ")
}

fn format_heading(report: &CheckReport, stage: &StageCheck, title: &str) -> Vec<String> {
    let mut lines = summary::format_stage_result(report, stage);
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, &format!("{}: ", styled(Style::Heading, title)));
    }
    lines.extend(stage.problem.iter().flat_map(CliError::lines));
    lines
}

/// Returns the help about the values that only the program can verify. It contains the command that
/// runs the program, or, if `--run` cannot run the program, a call for the program's code.
fn format_program_check(report: &CheckReport, stage: &StageCheck) -> Vec<String> {
    if let Some(help) = report.run_commands.get(&stage.stage) {
        return vec![format!("help: {help}")];
    }
    let call = format!(
        "  {}::loader().stage({:?}).check().await",
        report.config, stage.stage
    );
    vec!["help: the program verifies the rest:".to_owned(), call]
}

/// Returns the fields in the order of the table. Among fields with an equal result, fields with the
/// same help are adjacent. The sort is stable: fields with an equal result and the same help keep
/// the order of declaration.
pub(super) fn sort_fields(stage: &StageCheck) -> Vec<&FieldCheck> {
    let mut fields: Vec<&FieldCheck> = stage.fields.iter().collect();
    let first_position = |wanted: &Help| {
        stage
            .fields
            .iter()
            .position(|field| find_help(field) == Some(wanted))
    };
    fields.sort_by_key(|field| {
        (
            field.result,
            field.warnings.is_empty(),
            format_result(field),
            find_help(field).and_then(first_position),
        )
    });
    fields
}

/// Lists each help text once. The texts are below the table: users copy commands, and a cell would
/// wrap them.
fn list_help_texts(stage: &StageCheck) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for field in sort_fields(stage) {
        let warnings = field.warnings.iter().map(|warning| &warning.help);
        for help in find_help(field).into_iter().chain(warnings) {
            let text = format!("help: {help}");
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    texts
}

fn build_rows(stage: &StageCheck, causes: &[Cause]) -> Vec<[Lines; 3]> {
    let mut rows =
        vec![["FIELD", "RESULT", "DETAIL"].map(|head| styled(Style::Heading, head).into())];
    for field in sort_fields(stage) {
        let mut lines = format_detail(field, causes);
        let warnings = field.warnings.iter();
        lines.extend(warnings.map(|warning| format!("warning: {}", warning.detail)));
        rows.push([
            output::field_name(name_subject(field), field.secret).into(),
            styled(choose_style(field), format_result(field)).into(),
            lines.into(),
        ]);
    }
    rows
}

pub(super) fn find_help(field: &FieldCheck) -> Option<&Help> {
    field.failure.as_ref().map(|failure| &failure.help)
}

pub(super) fn format_result(field: &FieldCheck) -> String {
    let word = match (field.result, &field.failure) {
        (FieldResult::Wrong, Some(failure)) => return failure.kind.to_label().to_uppercase(),
        (FieldResult::Wrong, None) => "WRONG",
        (FieldResult::Unchecked, _) => "unchecked",
        (FieldResult::Unknown, _) => "unknown",
        (FieldResult::Exists, _) => "exists",
        (FieldResult::Ok, _) => "ok",
        (FieldResult::Default, _) => "default",
        (FieldResult::Absent, _) => "absent",
    };
    let suffix = if field.warnings.is_empty() {
        ""
    } else {
        ", warning"
    };
    format!("{word}{suffix}")
}

fn choose_style(field: &FieldCheck) -> Style {
    match field.result {
        FieldResult::Wrong => Style::Bad,
        FieldResult::Unchecked | FieldResult::Unknown => Style::Doubtful,
        _ if !field.warnings.is_empty() => Style::Doubtful,
        FieldResult::Exists | FieldResult::Ok => Style::Good,
        FieldResult::Default | FieldResult::Absent => Style::Faint,
    }
}

pub(super) fn format_detail(field: &FieldCheck, causes: &[Cause]) -> Vec<String> {
    let mut lines = vec![match (field.result, &field.failure) {
        (_, Some(_)) if is_shared(field, causes) => find_failed_source(field),
        (_, Some(failure)) => format_failure(field, failure),
        (FieldResult::Default, _) => match field.default {
            Some(default) => format!("{default}{}", format_not_found(field)),
            None => format!("the default applies{}", format_not_found(field)),
        },
        (FieldResult::Absent, _) => format!("the field is optional{}", format_not_found(field)),
        _ => format_found(field),
    }];
    if !field.unverified.is_empty() {
        let details: Vec<&str> = field
            .unverified
            .iter()
            .map(|item| item.detail.as_str())
            .collect();
        lines.push(format!("not verified: {}", details.join(", ")));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn format_failure(field: &FieldCheck, failure: &FieldFailure) -> String {
    // The column RESULT shows only `unchecked` for an unanswered request, so the detail names the
    // kind of the failure.
    let kind = if field.result == FieldResult::Unchecked {
        failure.kind.to_label()
    } else {
        String::new()
    };
    [find_failed_source(field), kind, failure.detail.clone()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(": ")
}

fn find_failed_source(field: &FieldCheck) -> String {
    let source = field.source.clone();
    source.unwrap_or_else(|| field.sources.join(", else "))
}

/// Returns the source of the value, and the earlier sources of the chain, which have no value or
/// could not be read.
fn format_found(field: &FieldCheck) -> String {
    let Some(source) = &field.source else {
        return String::new();
    };
    let before: Vec<&str> = field
        .sources
        .iter()
        .map(String::as_str)
        .take_while(|other| *other != source.as_str())
        .collect();
    let has_unread_source = field
        .unverified
        .iter()
        .any(|item| item.kind == UnverifiedKind::Source);
    match (before.is_empty(), has_unread_source) {
        (true, _) => source.clone(),
        (false, true) => format!("{source}, unless a value is in {}", before.join(", ")),
        (false, false) => format!("{source}, because no value is in {}", before.join(", ")),
    }
}

fn format_not_found(field: &FieldCheck) -> String {
    if field.sources.is_empty() {
        ", and the stage has no source".to_owned()
    } else {
        format!(", because no value is in {}", field.sources.join(", "))
    }
}

fn print_shared_secrets(report: &CheckReport) -> Result<(), CliError> {
    if report.shared_secrets.is_empty() {
        return Ok(());
    }
    output::print_lines(styled(
        Style::Doubtful,
        "warning: secrets that several stages share",
    ))?;
    let mut rows = vec![["FIELD", "STAGES", "SAME"].map(|head| styled(Style::Heading, head))];
    rows.extend(report.shared_secrets.iter().map(|shared| {
        let by = match shared.by {
            SharedBy::Value => "value",
            SharedBy::Source => "source",
        };
        [
            shared.field.clone(),
            shared.stages.join(", "),
            by.to_owned(),
        ]
    }));
    output::print_table(&rows)?;
    output::print_lines(vec![format!("help: {SEPARATE_SECRETS}"), String::new()])
}
