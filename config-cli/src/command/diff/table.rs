//! The comparison as text: a table with the differences first, then a line with the number of
//! fields of each result.

use stage_config_core::Help;

use super::compare::{DiffSide, DiffSideState, FieldDiff, FieldDiffResult, StageDiff};
use crate::cause::Cause;
use crate::error::CliError;
use crate::help::SEPARATE_SECRETS;
use crate::lines::Lines;
use crate::output::{self, Style, styled};

pub(super) fn print(diff: &StageDiff, all: bool) -> Result<(), CliError> {
    let StageDiff { a, b, fields, .. } = diff;
    let is_unchanged = |row: &FieldDiff| {
        matches!(
            row.result,
            FieldDiffResult::Same | FieldDiffResult::MissingInBoth
        ) && !row.warning
    };
    let mut diffs: Vec<&FieldDiff> = fields
        .iter()
        .filter(|row| all || !is_unchanged(row))
        .collect();
    diffs.sort_by_key(|row| row.result);
    if !diffs.is_empty() {
        let mut rows: Vec<[Lines; 4]> =
            vec![["FIELD", "RESULT", a, b].map(|head| styled(Style::Heading, head).into())];
        rows.extend(diffs.iter().map(|row| {
            let (style, word) = format_result(diff, row);
            [
                output::field_name(&row.field, row.secret).into(),
                styled(style, word).into(),
                format_side(&row.a),
                format_side(&row.b),
            ]
        }));
        output::print_table(&rows)?;
        print_help_texts(&diffs)?;
    }
    output::eprint_line(&format_summary(fields));
    Ok(())
}

fn format_result(diff: &StageDiff, row: &FieldDiff) -> (Style, String) {
    match row.result {
        FieldDiffResult::Unread => (Style::Bad, "COULD NOT BE READ".to_owned()),
        FieldDiffResult::MissingInA => (Style::Bad, format!("missing in {}", diff.a)),
        FieldDiffResult::MissingInB => (Style::Bad, format!("missing in {}", diff.b)),
        FieldDiffResult::Different => (Style::Good, "different".to_owned()),
        FieldDiffResult::Unknown => (Style::Doubtful, "not compared".to_owned()),
        FieldDiffResult::Same if row.warning => (Style::Doubtful, "same, warning".to_owned()),
        FieldDiffResult::Same => (Style::Faint, "same".to_owned()),
        FieldDiffResult::MissingInBoth => (Style::Faint, "missing in both".to_owned()),
    }
}

fn format_side(side: &DiffSide) -> Lines {
    let head = match (side.state, &side.failure) {
        (DiffSideState::Found, _) => None,
        // The cause is below the table.
        (_, Some(failure)) if Cause::new(failure.kind, &failure.detail).is_some() => {
            Some("not read".to_owned())
        }
        (_, Some(failure)) => Some(failure.kind.to_string()),
        (DiffSideState::Default, _) => return "the default".into(),
        (DiffSideState::Unknown, _) => Some("unknown".to_owned()),
        (DiffSideState::Missing | DiffSideState::Unread, _) => return "-".into(),
    };
    let lines: Vec<String> = head
        .into_iter()
        .chain(Lines::chain(&side.sources))
        .collect();
    lines.into()
}

/// Prints each cause and each help text once, below the table: many fields share them, and users
/// copy commands, which a cell would wrap.
fn print_help_texts(diffs: &[&FieldDiff]) -> Result<(), CliError> {
    let mut causes: Vec<Cause> = Vec::new();
    let mut help_texts: Vec<Help> = Vec::new();
    for failure in diffs
        .iter()
        .flat_map(|row| [&row.a, &row.b])
        .filter_map(|side| side.failure.as_ref())
    {
        let cause = Cause::new(failure.kind, &failure.detail);
        causes.extend(cause.filter(|cause| !causes.contains(cause)));
        if !help_texts.contains(&failure.help) {
            help_texts.push(failure.help.clone());
        }
    }
    if diffs.iter().any(|row| row.warning) {
        help_texts.push(SEPARATE_SECRETS.into());
    }
    if help_texts.is_empty() {
        return Ok(());
    }
    let causes = causes.iter().map(|cause| format!("not read: {cause}"));
    let help_texts = help_texts.iter().map(|help| format!("help: {help}"));
    let lines: Vec<String> = std::iter::once(String::new())
        .chain(causes)
        .chain(help_texts)
        .collect();
    output::print_lines(lines)
}

fn format_summary(rows: &[FieldDiff]) -> String {
    let count = |results: &[FieldDiffResult]| {
        rows.iter()
            .filter(|row| results.contains(&row.result))
            .count()
    };
    let missing = count(&[FieldDiffResult::MissingInA, FieldDiffResult::MissingInB]);
    let different = count(&[FieldDiffResult::Different]);
    let same = count(&[FieldDiffResult::Same, FieldDiffResult::MissingInBoth]);
    let not_compared = count(&[FieldDiffResult::Unknown, FieldDiffResult::Unread]);
    let warnings = rows.iter().filter(|row| row.warning).count();
    format!(
        "fields: {}, missing in one: {missing}, different: {different}, same: {same}, not \
         compared: {not_compared}, warnings: {warnings}",
        rows.len()
    )
}
