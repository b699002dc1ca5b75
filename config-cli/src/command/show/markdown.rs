//! The matrix as a Markdown table, for a repository's documentation.

use stage_config_core::schema::Secrecy;

use super::matrix::{FieldMatrix, MatrixRow};

/// Renders a heading, the documentation of the struct, the name of the stage variable, and a table.
pub(super) fn render(matrix: &FieldMatrix) -> String {
    let mut text = format!("## {}\n\n", matrix.config);
    if !matrix.docs.trim().is_empty() {
        matrix
            .docs
            .trim()
            .lines()
            .for_each(|line| text.push_str(&format!("{}\n", escape_line(line))));
        text.push('\n');
    }
    text.push_str(&format!(
        "The environment variable `{}` names the stage.\n\n",
        matrix.stage_variable
    ));
    let mut head = vec!["Field".to_owned(), "Type".to_owned(), "Meaning".to_owned()];
    head.extend(matrix.stages.iter().map(|stage| escape_cell(stage)));
    push_row(&mut text, &head);
    push_row(&mut text, &vec!["---".to_owned(); head.len()]);
    for row in &matrix.fields {
        push_row(&mut text, &build_cells(matrix, row));
    }
    // GitHub Actions runs `##[` as a command, anywhere in a line.
    text.replace("##[", "#\\#[")
}

fn build_cells(matrix: &FieldMatrix, row: &MatrixRow) -> Vec<String> {
    let secrecy = match row.secrecy {
        Secrecy::No => "",
        Secrecy::Unknown => ", may be secret",
        Secrecy::Yes => ", secret",
    };
    let default = match (row.default, row.has_default) {
        (Some(default), _) => format!(", by default {}", format_code(default)),
        (None, true) => ", with a default".to_owned(),
        (None, false) => String::new(),
    };
    let composed = row
        .compose
        .map(|template| format!(", composed: {}", format_code(template)))
        .unwrap_or_default();
    let kind = format!("{}{secrecy}{default}{composed}", format_code(row.type_name));
    let mut cells = vec![format_code(&row.field), kind, escape_cell(row.docs)];
    cells.extend(matrix.stages.iter().map(|stage| {
        let chain = row
            .sources
            .get(stage)
            .map(Vec::as_slice)
            .unwrap_or_default();
        chain
            .iter()
            .map(|source| format_code(source))
            .collect::<Vec<_>>()
            .join(", else ")
    }));
    cells
}

fn push_row(text: &mut String, cells: &[String]) {
    text.push_str(&format!("| {} |\n", cells.join(" | ")));
}

/// Escapes a line of documentation. GitHub Actions runs a line that begins with `::` as a command.
/// In Markdown, `\:` is a colon.
fn escape_line(line: &str) -> String {
    if line.trim_start().starts_with("::") {
        line.replacen("::", "\\::", 1)
    } else {
        line.to_owned()
    }
}

/// Escapes a cell: joins its lines, and escapes `|`, which would end the cell.
fn escape_cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

/// Formats a text as inline code. If the text contains backticks, the code begins and ends with
/// more backticks than the longest sequence of backticks in the text.
fn format_code(text: &str) -> String {
    let text = escape_cell(text);
    let sequences = text.split(|c| c != '`');
    match sequences.map(str::len).max() {
        None | Some(0) => format!("`{text}`"),
        Some(longest) => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_ends_only_at_its_own_backticks() {
        for (code, expected) in [
            ("a b", "`a b`"),
            ("a|b", "`a\\|b`"),
            ("`", "`` ` ``"),
            ("a `b` c", "`` a `b` c ``"),
            ("a ``b`` `c`", "``` a ``b`` `c` ```"),
        ] {
            assert_eq!(format_code(code), expected, "{code}");
        }
    }
}
