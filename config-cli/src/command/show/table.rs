//! The matrix as text for a terminal.

use std::time::Duration;

use stage_config_core::schema::Secrecy;
use stage_config_grammar::duration::format_duration;

use super::matrix::{FieldMatrix, MatrixRow};
use crate::error::CliError;
use crate::lines::Lines;
use crate::output::{self, Style, styled};

/// The content of a cell if the field has no source in the stage.
const NO_SOURCE: &str = "-";
/// The content of a cell if the field is a composed field.
pub(super) const COMPOSED: &str = "composed";

/// Prints the whole matrix: one row for each field, one column for each stage.
pub(super) fn print_matrix(matrix: &FieldMatrix) -> Result<(), CliError> {
    output::print_lines(format_heading(matrix))?;
    let titles = ["FIELD", "TYPE"]
        .into_iter()
        .chain(matrix.stages.iter().map(String::as_str));
    let head: Vec<Lines> = titles
        .map(|title| styled(Style::Heading, title).into())
        .collect();
    let build_row = |row: &MatrixRow| {
        let mut cells: Vec<Lines> = vec![format_name(row).into(), format_type(row).into()];
        cells.extend(matrix.stages.iter().map(|stage| format_chain(row, stage)));
        cells
    };
    let rows: Vec<Vec<Lines>> = std::iter::once(head)
        .chain(matrix.fields.iter().map(build_row))
        .collect();
    output::print_wide_table(&rows)?;
    Ok(())
}

/// Prints the fields one after another, with all details.
pub(super) fn print_fields(matrix: &FieldMatrix) -> Result<(), CliError> {
    for row in &matrix.fields {
        let mut lines = vec![format!(
            "{}: {}",
            styled(Style::Heading, format_name(row)),
            format_type(row)
        )];
        // The mark separates untrusted documentation from lines of this command.
        lines.extend(
            row.docs
                .lines()
                .map(|line| format!("  | {line}").trim_end().to_owned()),
        );
        lines.extend(list_notes(row).iter().map(|note| format!("  {note}")));
        output::print_lines(lines)?;
        let rows: Vec<[Lines; 2]> = matrix
            .stages
            .iter()
            .map(|stage| [format!("  {stage}").into(), format_chain(row, stage)])
            .collect();
        output::print_list(&rows)?;
    }
    Ok(())
}

/// Formats the configuration's name, the first line of its documentation, and how its stage is
/// chosen.
fn format_heading(matrix: &FieldMatrix) -> Vec<String> {
    let mut text = format!(
        "{} of {}",
        styled(Style::Heading, matrix.config),
        matrix.package
    );
    if let Some(first) = matrix
        .docs
        .lines()
        .next()
        .filter(|line| !line.trim().is_empty())
    {
        text.push_str(&format!(": {}", first.trim()));
    }
    let mut lines = vec![text];
    let mut text = format!("stage variable `{}`", matrix.stage_variable);
    if let Some(stage) = matrix.default_stage {
        text.push_str(&format!(", outside Lambda `{stage}` by default"));
    }
    if let Some(patterns) = matrix.preview {
        let patterns: Vec<String> = patterns
            .iter()
            .map(|pattern| format!("`{pattern}`"))
            .collect();
        text.push_str(&format!(", previews {}", patterns.join(", ")));
    }
    lines.extend([text, String::new()]);
    lines
}

fn format_name(row: &MatrixRow) -> String {
    match row.secrecy {
        Secrecy::No => row.field.clone(),
        Secrecy::Unknown => format!("{} (may be secret)", row.field),
        Secrecy::Yes => format!("{} (secret)", row.field),
    }
}

fn format_type(row: &MatrixRow) -> String {
    match row.default {
        Some(default) => format!("{} = {default}", row.type_name),
        None if row.has_default => format!("{} = …", row.type_name),
        None => row.type_name.to_owned(),
    }
}

fn format_chain(row: &MatrixRow, stage: &str) -> Lines {
    match row.sources.get(stage).map(Vec::as_slice) {
        None | Some([]) if row.compose.is_some() => styled(Style::Faint, COMPOSED).into(),
        None | Some([]) => styled(Style::Faint, NO_SOURCE).into(),
        Some(chain) => Lines::chain(chain).collect::<Vec<_>>().into(),
    }
}

fn list_notes(row: &MatrixRow) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(template) = row.compose {
        notes.push(format!("composed: {template}"));
    }
    if row.validated {
        notes.push("checked by the program's own `validate`".to_owned());
    }
    if let Some(refresh) = row.refresh_ms {
        notes.push(format!(
            "fetched again after {}",
            format_duration(Duration::from_millis(refresh))
        ));
    }
    notes
}
