//! The matrix for a person at a terminal.

use stage_config_core::schema::Secrecy;

use super::matrix::{Matrix, Row};
use crate::output::{self, Tone, toned};
use crate::problem::Problem;

/// What stands where a stage has no source.
const NOTHING: &str = "-";

/// The whole matrix: a row a field, a column a stage.
pub(super) fn print(matrix: &Matrix) -> Result<(), Problem> {
    output::text(&heading(matrix))?;
    let mut head = vec![toned(Tone::Heading, "FIELD"), toned(Tone::Heading, "TYPE")];
    head.extend(matrix.stages.iter().map(|stage| toned(Tone::Heading, stage)));
    let row = |row: &Row| {
        let mut cells = vec![named(row), typed(row)];
        cells.extend(matrix.stages.iter().map(|stage| chain(row, stage)));
        cells
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(matrix.fields.iter().map(row)).collect();
    output::wide_table(&rows);
    Ok(())
}

/// One field after another, with everything that is known of it.
pub(super) fn print_fields(matrix: &Matrix) -> Result<(), Problem> {
    for row in &matrix.fields {
        let mut text = format!("{}: {}\n", toned(Tone::Heading, named(row)), typed(row));
        for line in row.docs.lines() {
            text.push_str(&format!("  {}\n", line.trim_end()));
        }
        for note in notes(row) {
            text.push_str(&format!("  {note}\n"));
        }
        output::text(&text)?;
        let rows: Vec<Vec<String>> =
            matrix.stages.iter().map(|stage| vec![format!("  {stage}"), chain(row, stage)]).collect();
        output::wide_table(&rows);
    }
    Ok(())
}

/// Which configuration it is, and how its stage is chosen.
fn heading(matrix: &Matrix) -> String {
    let mut text = format!("{} of {}", toned(Tone::Heading, matrix.config), matrix.package);
    if let Some(first) = matrix.docs.lines().next().filter(|line| !line.trim().is_empty()) {
        text.push_str(&format!(": {}", first.trim()));
    }
    text.push_str(&format!("\nstage variable `{}`", matrix.stage_variable));
    if let Some(stage) = matrix.default_stage {
        text.push_str(&format!(", outside Lambda `{stage}` by default"));
    }
    if let Some(patterns) = matrix.preview {
        let patterns: Vec<String> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
        text.push_str(&format!(", previews {}", patterns.join(", ")));
    }
    text.push_str("\n\n");
    text
}

fn named(row: &Row) -> String {
    match row.secrecy {
        Secrecy::No => row.field.clone(),
        Secrecy::Unknown => format!("{} (may be secret)", row.field),
        Secrecy::Yes => format!("{} (secret)", row.field),
    }
}

fn typed(row: &Row) -> String {
    match row.default {
        Some(default) => format!("{} = {default}", row.type_name),
        None if row.has_default => format!("{} = …", row.type_name),
        None => row.type_name.to_owned(),
    }
}

fn chain(row: &Row, stage: &str) -> String {
    match row.sources.get(stage).map(Vec::as_slice) {
        None | Some([]) => toned(Tone::Faint, NOTHING),
        Some(chain) => chain.join("\nelse "),
    }
}

fn notes(row: &Row) -> Vec<String> {
    let mut notes = Vec::new();
    if row.validated {
        notes.push("checked by the program's own `validate`".to_owned());
    }
    if let Some(refresh) = row.refresh_ms {
        notes.push(format!("fetched again after {} s", refresh / 1000));
    }
    notes
}
