//! The layout of a table: aligned columns, or one block for each row in a narrow terminal.
//!
//! Text is wrapped at spaces only. A name, a source or an ARN is never broken, because a reader
//! could mistake a part of it for the whole.

use super::is_style_mark;
use crate::lines::{self, Lines, display_width};

/// The spaces between two columns.
const COLUMN_GAP: usize = 2;

/// The indentation of a value below its label.
const VALUE_INDENT: &str = "  ";

/// The minimum width of a column that is narrowed.
const MIN_COLUMN_WIDTH: usize = 16;

/// Returns the lines of the table, whose first row is the heading. If a width is given and even the
/// narrowed columns do not fit, each row is a block of lines.
pub(super) fn lay_out(rows: &[Vec<Lines>], width: Option<usize>) -> Vec<String> {
    let widths = measure_columns(rows, display_width);
    let Some(width) = width else {
        return align_columns(rows, &widths);
    };
    let min_widths = measure_columns(rows, min_line_width);
    match narrow_columns(widths, &min_widths, width) {
        Some(widths) => align_columns(rows, &widths),
        None => lay_out_blocks(rows, width),
    }
}

/// Returns the lines of a list of labels with their values. A value that does not fit behind its
/// label is on the lines below the label.
pub(super) fn lay_out_list(rows: &[[Lines; 2]], width: Option<usize>) -> Vec<String> {
    let label_width = rows.iter().flat_map(|[label, _]| label.iter());
    let label_width = label_width.map(display_width).max().unwrap_or_default();
    let mut lines = Vec::new();
    for [label, value] in rows {
        let row = [label.clone(), value.clone()].to_vec();
        let widest =
            |measure: fn(&str) -> usize| value.iter().map(measure).max().unwrap_or_default();
        let value_width = match width {
            Some(width) => width.saturating_sub(label_width + COLUMN_GAP),
            None => widest(display_width),
        };
        if value_width >= widest(min_line_width) {
            lines.extend(align_columns(&[row], &[label_width, value_width]));
            continue;
        }
        let indent = leading_spaces(label).to_owned() + VALUE_INDENT;
        let width = width.unwrap_or_default().saturating_sub(indent.len());
        lines.extend(label.iter().map(str::to_owned));
        let wrapped = wrap_cell(value, width);
        lines.extend(wrapped.iter().map(|line| format!("{indent}{line}")));
    }
    lines
}

/// Returns each row as a list of its cells. The cells of the heading are the labels.
fn lay_out_blocks(rows: &[Vec<Lines>], width: usize) -> Vec<String> {
    let Some((heading, rows)) = rows.split_first() else {
        return Vec::new();
    };
    let blocks: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let cells = heading.iter().cloned().zip(row.iter().cloned());
            let cells: Vec<[Lines; 2]> = cells.map(|(label, cell)| [label, cell]).collect();
            lay_out_list(&cells, Some(width))
        })
        .collect();
    blocks.join(&String::new())
}

fn align_columns(rows: &[Vec<Lines>], widths: &[usize]) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| wrap_cell(cell, *width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        for line in 0..height {
            let mut out = String::new();
            // No spaces follow the last cell.
            let mut gap = 0;
            for (cell, width) in cells.iter().zip(widths) {
                let part = cell.get(line).map(String::as_str).unwrap_or_default();
                out.push_str(&" ".repeat(gap));
                out.push_str(part);
                gap = width.saturating_sub(display_width(part)) + COLUMN_GAP;
            }
            lines.push(out.trim_end().to_owned());
        }
    }
    lines
}

/// Returns, for each column, the largest number that `measure` returns for a line of this column.
fn measure_columns(rows: &[Vec<Lines>], measure: fn(&str) -> usize) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let largest = |column: usize| {
        let lines = rows
            .iter()
            .filter_map(|row| row.get(column))
            .flat_map(Lines::iter);
        lines.map(measure).max().unwrap_or_default()
    };
    (0..columns).map(largest).collect()
}

/// Returns the width to which a line may be narrowed: the width of its longest word, but at least
/// [`MIN_COLUMN_WIDTH`], unless the whole line is shorter.
fn min_line_width(line: &str) -> usize {
    let words = lines::split_words(line).map(|word| display_width(word.trim_end()));
    words
        .max()
        .unwrap_or_default()
        .max(display_width(line).min(MIN_COLUMN_WIDTH))
}

/// Repeatedly narrows the widest column that is above its minimum, until the table fits. Returns
/// `None` if the table does not fit with all columns at their minimum.
fn narrow_columns(
    mut widths: Vec<usize>,
    min_widths: &[usize],
    width: usize,
) -> Option<Vec<usize>> {
    let gaps = COLUMN_GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > width {
        let reducible = widths.iter_mut().zip(min_widths);
        let (widest, _) = reducible
            .filter(|(width, min_width)| **width > **min_width)
            .max_by_key(|(width, _)| **width)?;
        *widest -= 1;
    }
    Some(widths)
}

/// Returns the lines of a cell. If a styled line is wrapped, each of its parts keeps the style.
fn wrap_cell(cell: &Lines, width: usize) -> Vec<String> {
    let wrapped = |line| {
        let (start, inner, end) = split_style(line);
        lines::wrap(inner, width, "")
            .into_iter()
            .map(move |line| format!("{start}{line}{end}"))
    };
    cell.iter().flat_map(wrapped).collect()
}

fn leading_spaces(cell: &Lines) -> &str {
    let line = cell.iter().next().unwrap_or_default();
    &line[..line.len() - line.trim_start_matches(' ').len()]
}

/// Splits a line into the style mark, the text, and the end mark.
fn split_style(line: &str) -> (&str, &str, &str) {
    let inner = line.trim_start_matches(is_style_mark);
    let (start, text) = (
        &line[..line.len() - inner.len()],
        inner.trim_end_matches(is_style_mark),
    );
    (start, text, &inner[text.len()..])
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

    /// Returns a table like the one of `cargo stage show`.
    fn build_sources() -> Vec<Vec<Lines>> {
        let chain = vec![
            "/payments/STAGE/table_name".to_owned(),
            "else /payments/dev/table_name".to_owned(),
        ];
        vec![
            ["FIELD", "TYPE", "dev", "fallback"].map(Lines::from).into(),
            vec![
                "table_name".into(),
                "String = \"a\"".into(),
                "/payments/dev/table_name".into(),
                chain.into(),
            ],
            ["größe_日本", "u8", "-", "/日本/größe"]
                .map(Lines::from)
                .into(),
        ]
    }

    #[test]
    fn no_name_is_broken_at_any_width() {
        let rows = build_sources();
        let words: Vec<&str> = rows.iter().flatten().flat_map(Lines::iter).collect();
        let words: Vec<&str> = words.iter().flat_map(|line| line.split(' ')).collect();
        for width in 1..120 {
            let lines = lay_out(&rows, Some(width));
            let shown: Vec<&str> = lines.iter().flat_map(|line| line.split(' ')).collect();
            for word in &words {
                assert!(shown.contains(word), "{width}: {word} is not in {lines:#?}");
            }
            // Only a line that consists of one word may be wider than the terminal.
            for line in lines.iter().filter(|line| display_width(line) > width) {
                let is_one_word = line.trim_start().split(' ').count() == 1;
                assert!(is_one_word, "{width}: {line:?} in {lines:#?}");
            }
        }
    }

    #[test]
    fn a_table_that_does_not_fit_has_one_block_for_each_row() {
        let wide = "\
FIELD       TYPE          dev                       fallback
table_name  String = \"a\"  /payments/dev/table_name  /payments/STAGE/table_name
                                                    else /payments/dev/table_name
größe_日本  u8            -                         /日本/größe";
        assert_eq!(lay_out(&build_sources(), Some(81)).join("\n"), wide);
        assert_eq!(lay_out(&build_sources(), None).join("\n"), wide);
        let narrow = "\
FIELD     table_name
TYPE      String = \"a\"
dev       /payments/dev/table_name
fallback  /payments/STAGE/table_name
          else
          /payments/dev/table_name

FIELD     größe_日本
TYPE      u8
dev       -
fallback  /日本/größe";
        assert_eq!(lay_out(&build_sources(), Some(36)).join("\n"), narrow);
        let stacked = "\
FIELD     table_name
TYPE
  String = \"a\"
dev
  /payments/dev/table_name
fallback
  /payments/STAGE/table_name
  else
  /payments/dev/table_name";
        let lines = lay_out(&build_sources()[..2], Some(20));
        assert_eq!(lines.join("\n"), stacked);
    }

    #[test]
    fn a_value_of_a_list_is_below_its_label_if_it_does_not_fit() {
        let rows =
            [["  dev", "/payments/dev/table"], ["  fallback", "-"]].map(|row| row.map(Lines::from));
        let wide = "  dev       /payments/dev/table\n  fallback  -";
        assert_eq!(lay_out_list(&rows, None).join("\n"), wide);
        assert_eq!(lay_out_list(&rows, Some(31)).join("\n"), wide);
        assert_eq!(
            lay_out_list(&rows, Some(30)).join("\n"),
            "  dev\n    /payments/dev/table\n  fallback  -"
        );
    }

    #[test]
    fn a_style_has_no_width_and_applies_to_every_line() {
        let lines = lay_out(
            &build_rows(styled(Style::Bad, "one two three four")),
            Some(30),
        );
        let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        assert_eq!(
            lines[1],
            format!("a      ok     {}", styled(Style::Bad, "one two three"))
        );
        assert_eq!(lines[2], styled(Style::Bad, "four"));
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
