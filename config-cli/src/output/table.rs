//! The layout of a table: aligned columns, and cells that are wrapped in a narrow terminal.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::is_mark;
use crate::lines::Lines;

/// The spaces between two columns.
const COLUMN_GAP: usize = 2;

/// The width below which no column is narrowed.
const MIN_COLUMN_WIDTH: usize = 8;

/// Returns the lines of the table. Without a width, no cell is wrapped.
pub(super) fn lay_out(rows: &[Vec<Lines>], width: Option<usize>) -> Vec<String> {
    let mut widths = measure_widths(rows);
    if let Some(width) = width {
        narrow_columns(&mut widths, width);
    }
    let mut lines = Vec::new();
    for row in rows {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| wrap_cell(cell, *width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        for line in 0..height {
            let mut out = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let part = cell.get(line).map(String::as_str).unwrap_or_default();
                out.push_str(part);
                out.push_str(&" ".repeat(width - display_width(part).min(*width) + COLUMN_GAP));
            }
            lines.push(out.trim_end().to_owned());
        }
    }
    lines
}

fn measure_widths(rows: &[Vec<Lines>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |column: usize| {
        let lines = rows
            .iter()
            .filter_map(|row| row.get(column))
            .flat_map(Lines::iter);
        lines.map(display_width).max().unwrap_or_default()
    };
    (0..columns).map(widest).collect()
}

/// Narrows the widest column repeatedly, until the table fits or no column is wider than
/// [`MIN_COLUMN_WIDTH`].
fn narrow_columns(widths: &mut [usize], width: usize) {
    let gaps = COLUMN_GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > width {
        match widths.iter_mut().max() {
            Some(widest) if *widest > MIN_COLUMN_WIDTH => *widest -= 1,
            _ => return,
        }
    }
}

/// Returns the lines of a cell. Each wrapped line of a styled line keeps the style.
fn wrap_cell(cell: &Lines, width: usize) -> Vec<String> {
    let options = Options::new(width.max(1))
        .word_separator(WordSeparator::Custom(split_words))
        .word_splitter(WordSplitter::NoHyphenation);
    let wrapped = |line| {
        let (start, inner, end) = split_style(line);
        textwrap::wrap(inner, &options)
            .into_iter()
            .map(move |line| format!("{start}{line}{end}"))
    };
    cell.iter().flat_map(wrapped).collect()
}

/// Breaks sources and ARNs between their parts, without a hyphen: a hyphen could be read as part of
/// the name.
fn split_words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let breaks_before = |c: char| matches!(c, '/' | '#');
    let breaks_after = |c: char| matches!(c, ' ' | ',' | ':');
    let ends = line
        .char_indices()
        .zip(line.chars().skip(1))
        .filter(move |((_, c), next)| breaks_after(*c) || breaks_before(*next));
    let ends = ends
        .map(|((at, c), _)| at + c.len_utf8())
        .chain([line.len()]);
    Box::new(ends.scan(0, move |start, end| {
        Some(Word::from(&line[std::mem::replace(start, end)..end]))
    }))
}

/// Splits a line into the style mark, the text, and the end mark.
fn split_style(line: &str) -> (&str, &str, &str) {
    let inner = line.trim_start_matches(is_mark);
    let (start, text) = (
        &line[..line.len() - inner.len()],
        inner.trim_end_matches(is_mark),
    );
    (start, text, &inner[text.len()..])
}

/// Returns the width of a text in columns. Style marks have no width.
fn display_width(text: &str) -> usize {
    textwrap::core::display_width(&text.replace(is_mark, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Style, styled};

    fn build_rows(detail: impl Into<Lines>) -> Vec<Vec<Lines>> {
        vec![
            ["FIELD", "STATE", "DETAIL"].map(Lines::from).to_vec(),
            vec!["a".into(), "ok".into(), detail.into()],
        ]
    }

    #[test]
    fn columns_are_aligned_and_no_line_ends_with_spaces() {
        let text = lay_out(&build_rows("one two three four five six seven"), None).join("\n");
        assert_eq!(
            text,
            "FIELD  STATE  DETAIL\na      ok     one two three four five six seven"
        );
    }

    #[test]
    fn a_narrow_terminal_wraps_only_the_widest_column() {
        let text = lay_out(&build_rows("one two three four five six seven"), Some(34)).join("\n");
        assert_eq!(
            text,
            "FIELD  STATE  DETAIL\na      ok     one two three four\n              five six seven"
        );
    }

    #[test]
    fn cells_keep_their_lines_and_sources_wrap_between_parts() {
        let cell = [
            "/payments/STAGE/table_name",
            "else /payments/dev/table_name",
        ]
        .map(str::to_owned)
        .to_vec();
        let lines = lay_out(&build_rows(cell), Some(34));
        let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        assert_eq!(
            lines[1..],
            [
                "a      ok     /payments/STAGE",
                "/table_name",
                "else /payments/dev",
                "/table_name"
            ]
        );
    }

    #[test]
    fn a_style_has_no_width_and_applies_to_every_line() {
        let lines = lay_out(
            &build_rows(styled(Style::Bad, "one two three four")),
            Some(24),
        );
        let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        assert_eq!(
            lines[1],
            format!("a      ok     {}", styled(Style::Bad, "one two"))
        );
        assert_eq!(lines[2], styled(Style::Bad, "three four"));
    }

    #[test]
    fn a_terminal_of_one_column_still_shows_the_table() {
        assert!(
            lay_out(&build_rows("one two three"), Some(1))
                .concat()
                .contains("FIELD")
        );
        assert_eq!(lay_out(&[], Some(80)), Vec::<String>::new());
    }
}
