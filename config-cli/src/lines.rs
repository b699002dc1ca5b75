//! A message or a table cell of one or more lines.
//!
//! In a plain string, a line end that this program writes cannot be distinguished from a line end
//! in a name, a path or a message of a server. A line end in untrusted text could forge a line:
//! "prod: complete", or an `::error` of a CI system. So a text is a list of lines. A line end
//! inside a line is always untrusted, and [`output`](crate::output) shows it as `�`.
//!
//! [`wrap`] is the only function that breaks a line into several, to fit a terminal.

use textwrap::core;

/// One or more lines. A `String` is always one line; a list has one line for each string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines(Vec<String>);

impl Lines {
    /// Returns one line for each source of a chain.
    pub(crate) fn chain(sources: &[String]) -> impl Iterator<Item = String> {
        let line = |(index, source): (usize, &String)| {
            if index == 0 {
                source.clone()
            } else {
                format!("else {source}")
            }
        };
        sources.iter().enumerate().map(line)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Returns the first line and the others.
    pub(crate) fn split_first(self) -> (String, Vec<String>) {
        let mut lines = self.0.into_iter();
        (lines.next().unwrap_or_default(), lines.collect())
    }

    /// Returns the result of the function for each line.
    pub(crate) fn map(&self, change: impl FnMut(&str) -> String) -> Self {
        Self(self.iter().map(change).collect())
    }
}

impl From<&str> for Lines {
    fn from(line: &str) -> Self {
        Self(vec![line.to_owned()])
    }
}

impl From<String> for Lines {
    fn from(line: String) -> Self {
        Self(vec![line])
    }
}

impl From<Vec<String>> for Lines {
    fn from(lines: Vec<String>) -> Self {
        Self(lines)
    }
}

/// Marks the beginning of a command in a line, until the line is printed. It is one of Unicode's
/// noncharacters, which are reserved for internal use.
const COMMAND_START: char = '\u{fdd6}';

/// Marks the end of a command.
const COMMAND_END: char = '\u{fdd7}';

/// Marks a command, so that [`wrap`] does not break it. A user can paste only a whole command.
pub(crate) fn mark_command(command: &str) -> String {
    format!("{COMMAND_START}{command}{COMMAND_END}")
}

/// Returns whether the character is a mark of [`mark_command`].
pub(crate) fn is_command_mark(c: char) -> bool {
    matches!(c, COMMAND_START | COMMAND_END)
}

/// Breaks a line at spaces, so that it fits the width. A word, a command, and a text in backticks
/// are never broken. The lines after the first one begin with `indent`.
pub(crate) fn wrap(line: &str, width: usize, indent: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    let mut has_word = false;
    for part in split_words(line) {
        let word = part.trim_end_matches(' ');
        if has_word && display_width(&current) + display_width(word) > width {
            lines.push(current.trim_end_matches(' ').to_owned());
            current = indent.to_owned();
        }
        has_word |= !word.is_empty();
        current.push_str(part);
    }
    lines.push(current.trim_end_matches(' ').to_owned());
    lines
}

/// Splits a line into the parts that [`wrap`] does not break, each with the spaces after it.
pub(crate) fn split_words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let end = find_word_end(rest);
        let spaces = rest[end..].len() - rest[end..].trim_start_matches(' ').len();
        let (word, next) = rest.split_at(end + spaces);
        rest = next;
        Some(word).filter(|word| !word.is_empty())
    })
}

/// Returns the width of a text in columns. Marks have no width.
pub(crate) fn display_width(text: &str) -> usize {
    let is_mark = |c| ('\u{fdd0}'..='\u{fdef}').contains(&c);
    core::display_width(&text.replace(is_mark, ""))
}

/// Returns the longest beginning of a text that fits the width.
pub(crate) fn clip(text: &str, width: usize) -> &str {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends
        .take_while(|end| display_width(&text[..*end]) <= width)
        .last();
    &text[..end.unwrap_or_default()]
}

/// Returns the position of the first space that is outside of a command and of backticks, or the
/// end of the text.
fn find_word_end(text: &str) -> usize {
    let mut closing = None;
    for (at, c) in text.char_indices() {
        match closing {
            Some(end) if c == end => closing = None,
            Some(_) => {}
            None if c == ' ' => return at,
            None => {
                let end = match c {
                    COMMAND_START => COMMAND_END,
                    '`' => '`',
                    _ => continue,
                };
                let is_closed = text[at + c.len_utf8()..].contains(end);
                closing = is_closed.then_some(end);
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_at_spaces_and_nowhere_else() {
        for (line, width, expected) in [
            ("note: a b c", 20, vec!["note: a b c"]),
            ("note: one two", 9, vec!["note: one", "  two"]),
            ("  help: one two", 13, vec!["  help: one", "  two"]),
            (
                "/payments/dev/table-name",
                8,
                vec!["/payments/dev/table-name"],
            ),
            ("größe 日本語 x", 13, vec!["größe 日本語", "  x"]),
            ("größe 日本語 x", 11, vec!["größe", "  日本語 x"]),
            ("run `a b c` now", 8, vec!["run", "  `a b c`", "  now"]),
            ("it`s a b", 6, vec!["it`s a", "  b"]),
            ("", 8, vec![""]),
            ("a b", 0, vec!["a", "  b"]),
        ] {
            assert_eq!(wrap(line, width, "  "), expected, "{line:?} {width}");
        }
    }

    #[test]
    fn a_command_stays_on_one_line() {
        let command = mark_command("cargo stage set table --stage prod");
        let line = format!("  help: set it: {command}; or ask");
        assert_eq!(
            wrap(&line, 16, "    "),
            ["  help: set it:", &format!("    {command};"), "    or ask"]
        );
    }
}
