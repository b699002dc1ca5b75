//! The matrix for a person at a terminal.

use stage_config_core::schema::Secrecy;

use super::matrix::{Matrix, Row};
use crate::lines::Lines;
use crate::output::{self, Tone, toned};
use crate::problem::Problem;

/// What stands where a stage has no source.
const NOTHING: &str = "-";

/// The whole matrix: a row a field, a column a stage.
pub(super) fn print(matrix: &Matrix) -> Result<(), Problem> {
    output::lines(heading(matrix))?;
    let titles = ["FIELD", "TYPE"].into_iter().chain(matrix.stages.iter().map(String::as_str));
    let head: Vec<Lines> = titles.map(|title| toned(Tone::Heading, title).into()).collect();
    let row = |row: &Row| {
        let mut cells: Vec<Lines> = vec![named(row).into(), typed(row).into()];
        cells.extend(matrix.stages.iter().map(|stage| chain(row, stage)));
        cells
    };
    let rows: Vec<Vec<Lines>> = std::iter::once(head).chain(matrix.fields.iter().map(row)).collect();
    output::wide_table(&rows);
    Ok(())
}

/// One field after another, with everything that is known of it.
pub(super) fn print_fields(matrix: &Matrix) -> Result<(), Problem> {
    for row in &matrix.fields {
        let mut lines = vec![format!("{}: {}", toned(Tone::Heading, named(row)), typed(row))];
        // The mark keeps a line of a stranger's documentation from being read as one of this command.
        lines.extend(row.docs.lines().map(|line| format!("  | {line}").trim_end().to_owned()));
        lines.extend(notes(row).iter().map(|note| format!("  {note}")));
        output::lines(lines)?;
        let rows: Vec<Vec<Lines>> =
            matrix.stages.iter().map(|stage| vec![format!("  {stage}").into(), chain(row, stage)]).collect();
        output::wide_table(&rows);
    }
    Ok(())
}

/// Which configuration it is, and how its stage is chosen.
fn heading(matrix: &Matrix) -> Vec<String> {
    let mut text = format!("{} of {}", toned(Tone::Heading, matrix.config), matrix.package);
    if let Some(first) = matrix.docs.lines().next().filter(|line| !line.trim().is_empty()) {
        text.push_str(&format!(": {}", first.trim()));
    }
    let mut lines = vec![text];
    let mut text = format!("stage variable `{}`", matrix.stage_variable);
    if let Some(stage) = matrix.default_stage {
        text.push_str(&format!(", outside Lambda `{stage}` by default"));
    }
    if let Some(patterns) = matrix.preview {
        let patterns: Vec<String> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
        text.push_str(&format!(", previews {}", patterns.join(", ")));
    }
    lines.extend([text, String::new()]);
    lines
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

fn chain(row: &Row, stage: &str) -> Lines {
    match row.sources.get(stage).map(Vec::as_slice) {
        None | Some([]) => toned(Tone::Faint, NOTHING).into(),
        Some(chain) => Lines::chain(chain).collect::<Vec<_>>().into(),
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
