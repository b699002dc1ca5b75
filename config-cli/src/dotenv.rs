//! Parses files of environment variables: entries of the form `NAME=value`, each beginning on its
//! own line.
//!
//! Programs parse such files differently. This parser accepts the common syntax and refuses the
//! ambiguous parts: a duplicate name, text after a closing quote, an unknown escape in double
//! quotes, a backtick at the beginning of a value, a `#` directly after `=`, a carriage return that
//! does not end a line. A line of a Windows file ends with `\r\n`, which becomes `\n` inside
//! quotes. A `#` inside a word is text, as in a shell. Variables are not expanded. Messages contain
//! the line number but no text of the file, because a misplaced line may be a part of a value.

use std::collections::HashMap;
use std::path::Path;

use stage_config_grammar::white_space::strip_byte_order_mark;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::input;

const HELP: &str = "write `NAME=value` in each line; put a value with spaces, `#` or several lines \
                    in 'single quotes', or in \"double quotes\", where \\n, \\r, \\t, \\\", \\\\ \
                    and \\$ are escapes";

/// Reads the variables of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<(String, Zeroizing<String>)>, CliError> {
    let display_name = path.display().to_string();
    let bytes = input::read_file(path).map_err(|error| {
        CliError::undetermined(format!("{display_name} cannot be read: {error}"))
    })?;
    parse(input::to_text(&bytes, &display_name)?).map_err(|problem| problem.in_file(&display_name))
}

/// Returns the variables in the order of the file. Each name occurs once.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, Zeroizing<String>)>, CliError> {
    let mut reader = DotenvParser {
        rest: strip_byte_order_mark(text),
        line: 1,
    };
    let mut variables = Vec::new();
    let mut last_lines: HashMap<String, usize> = HashMap::new();
    let mut mistakes = Vec::new();
    while !reader.rest.is_empty() {
        let line = reader.line;
        match reader.parse_line() {
            Ok(None) => {}
            Ok(Some((name, value))) => match last_lines.insert(name.clone(), line) {
                Some(previous) => {
                    mistakes.push(format!("line {line}: the same name as in line {previous}"))
                }
                None => variables.push((name, value)),
            },
            Err(message) => {
                mistakes.push(format!("line {line}: {message}"));
                reader.skip_line();
            }
        }
    }
    if mistakes.is_empty() {
        Ok(variables)
    } else {
        Err(CliError::undetermined(mistakes).with_help(HELP))
    }
}

type ParsedLine = Option<(String, Zeroizing<String>)>;

struct DotenvParser<'a> {
    rest: &'a str,
    /// The number of the line where `rest` begins.
    line: usize,
}

impl<'a> DotenvParser<'a> {
    /// Parses one entry and the end of its line. Returns `None` for an empty line or a comment.
    /// After an error, the parser is inside the entry or at its end; the caller skips the rest of
    /// the line.
    fn parse_line(&mut self) -> Result<ParsedLine, &'static str> {
        self.skip_blanks();
        if self.is_at_line_end() || self.rest.starts_with('#') {
            self.skip_line();
            return Ok(None);
        }
        if let Some(after) = self
            .rest
            .strip_prefix("export")
            .filter(|after| after.starts_with([' ', '\t']))
        {
            self.rest = after;
            self.skip_blanks();
        }
        let name = self.parse_name()?.to_owned();
        self.skip_blanks();
        self.rest = self.rest.strip_prefix('=').ok_or("no `=` after the name")?;
        if self.rest.starts_with('#') {
            return Err(
                "a `#` after `=` is a comment for some programs and the value for others: put the \
                 value in quotes, or write `''` for an empty value",
            );
        }
        self.skip_blanks();
        let value = match self.rest.chars().next() {
            Some('\'') => self.parse_single_quoted()?,
            Some('"') => self.parse_double_quoted()?,
            Some('`') => {
                return Err(
                    "backticks are quotes for some programs and text for others: use other quotes",
                );
            }
            _ => return self.parse_unquoted().map(|value| Some((name, value))),
        };
        self.skip_blanks();
        if !self.is_at_line_end() && !self.rest.starts_with('#') {
            return Err("text after the closing quote");
        }
        self.skip_line();
        Ok(Some((name, value)))
    }

    /// Parses a shell variable's name. It may also contain `.` and `-`, which other programs allow.
    fn parse_name(&mut self) -> Result<&'a str, &'static str> {
        let ends_name = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        let end = self.rest.find(ends_name).unwrap_or(self.rest.len());
        let (name, after) = self.rest.split_at(end);
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err("the line does not begin with the name of a variable");
        }
        self.rest = after;
        Ok(name)
    }

    /// Parses a value up to the end of the line, or up to a `#` after a space or a tab.
    fn parse_unquoted(&mut self) -> Result<Zeroizing<String>, &'static str> {
        let line = self.rest.split('\n').next().unwrap_or_default();
        let is_comment = |at: &usize| *at == 0 || line[..*at].ends_with([' ', '\t']);
        let end = line
            .match_indices('#')
            .map(|(at, _)| at)
            .find(is_comment)
            .unwrap_or(line.len());
        let value = Zeroizing::new(line[..end].trim().to_owned());
        if value.contains('\r') {
            return Err(CARRIAGE_RETURN);
        }
        self.skip_line();
        Ok(value)
    }

    fn parse_single_quoted(&mut self) -> Result<Zeroizing<String>, &'static str> {
        let inner = &self.rest[1..];
        let end = inner.find('\'').ok_or("the single quote is never closed")?;
        self.advance(end + 2);
        normalize_line_ends(&inner[..end])
    }

    fn parse_double_quoted(&mut self) -> Result<Zeroizing<String>, &'static str> {
        let inner = &self.rest[1..];
        let end = find_closing_quote(inner).ok_or("the double quote is never closed")?;
        self.advance(end + 2);
        unescape(&normalize_line_ends(&inner[..end])?)
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn is_at_line_end(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with('\n') || self.rest.starts_with("\r\n")
    }

    fn skip_line(&mut self) {
        self.advance(self.rest.find('\n').map_or(self.rest.len(), |end| end + 1));
    }

    fn advance(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes);
        self.line += passed.matches('\n').count();
        self.rest = rest;
    }
}

/// Returns the position of the first `"` that is not escaped.
fn find_closing_quote(inner: &str) -> Option<usize> {
    let mut escaped = false;
    inner.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

const CARRIAGE_RETURN: &str =
    "a carriage return is not at the end of its line: write it as \\r in double quotes";

/// Replaces the `\r\n` of a Windows file with `\n`, as python-dotenv and Node.js do. The result is
/// never longer than the input, so the buffer never grows.
fn normalize_line_ends(inner: &str) -> Result<Zeroizing<String>, &'static str> {
    let mut value = Zeroizing::new(String::with_capacity(inner.len()));
    for (index, part) in inner.split("\r\n").enumerate() {
        if part.contains('\r') {
            return Err(CARRIAGE_RETURN);
        }
        value.push_str(if index == 0 { "" } else { "\n" });
        value.push_str(part);
    }
    Ok(value)
}

/// Replaces escapes. The result is never longer than the input, so the buffer never grows.
fn unescape(inner: &str) -> Result<Zeroizing<String>, &'static str> {
    let mut value = Zeroizing::new(String::with_capacity(inner.len()));
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        value.push(match c {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(c @ ('"' | '\\' | '$')) => c,
                _ => return Err("an unknown escape in double quotes"),
            },
            c => c,
        });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_all(text: &str) -> Vec<(String, String)> {
        let variables = parse(text).unwrap_or_else(|problem| panic!("{text:?}: {problem}"));
        variables
            .into_iter()
            .map(|(name, value)| (name, value.to_string()))
            .collect()
    }

    #[test]
    fn common_syntax_is_parsed() {
        for (text, expected) in [
            ("A=b", "b"),
            ("A=", ""),
            ("A=''", ""),
            ("export A=b", "b"),
            ("  A = b c  ", "b c"),
            ("A=b\r\n", "b"),
            ("\u{feff}A=b", "b"),
            ("A=b # a comment", "b"),
            ("A= # a comment", ""),
            ("A='' # a comment", ""),
            ("A='#b'", "#b"),
            ("A=\"#b\"", "#b"),
            ("A=b#", "b#"),
            ("A=b#c", "b#c"),
            ("A=b'c'", "b'c'"),
            ("A=postgres://u:p@h/d?x=y", "postgres://u:p@h/d?x=y"),
            ("A=$HOME", "$HOME"),
            ("A=b\\n", "b\\n"),
            ("A='b \\n $c # \"' # a comment", "b \\n $c # \""),
            ("A='b\nc'", "b\nc"),
            (r#"A="b\nc\t\"\\\$ $d # é""#, "b\nc\t\"\\$ $d # é"),
            (
                "A=\"-----BEGIN\nMIIE=\n-----END\n\"",
                "-----BEGIN\nMIIE=\n-----END\n",
            ),
            (r#"A="\\" "#, "\\"),
            (
                "A=\"-----BEGIN\r\nMIIE=\r\n-----END\r\n\"\r\n",
                "-----BEGIN\nMIIE=\n-----END\n",
            ),
            ("A='b\r\nc'\r\n", "b\nc"),
            (r#"A="b\r\nc""#, "b\r\nc"),
            ("A=b`c`", "b`c`"),
        ] {
            assert_eq!(
                parse_all(text),
                [("A".to_owned(), expected.to_owned())],
                "{text:?}"
            );
        }
    }

    #[test]
    fn ambiguous_syntax_is_refused() {
        for (text, expected) in [
            ("A=`b`", "line 1: backticks"),
            ("A=`b\nc`", "line 1: backticks"),
            ("A=#b", "line 1: a `#` after `=`"),
            ("A=# a comment", "line 1: a `#` after `=`"),
            ("export A =#", "line 1: a `#` after `=`"),
            ("A=b\rc", "line 1: a carriage return"),
            ("A='b\rc'", "line 1: a carriage return"),
            ("A=\"b\rc\"", "line 1: a carriage return"),
            ("A=b\rB=c", "line 1: a carriage return"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text:?}: {message}");
        }
    }

    #[test]
    fn variables_keep_their_order_and_a_name_may_begin_with_export() {
        let variables = parse_all("# one\n\nexportable=1\nexport B.c-d='2\n3'\n\t# x\nC=4");
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(
            variables,
            [("exportable", "1"), ("B.c-d", "2\n3"), ("C", "4")]
        );
    }

    /// Most lines of the text are mistakes and contain parts of a secret. The messages must not
    /// contain these parts.
    #[test]
    fn one_error_lists_the_lines_of_all_mistakes() {
        let text = "A='1\n2'\nZx9kQ7Wv3Lp5\nA=Zx9kQ7Wv3Lp5\n=Zx9kQ7Wv3Lp5\n3Zx=1\nB='Zx9kQ7Wv3Lp5' \
                    Zx9kQ7Wv3Lp5\nC=\"Zx9kQ7Wv3\\Lp5\"\nD=\"Zx9kQ7Wv3Lp5\nE=1";
        let message = parse(text).unwrap_err().to_string();
        for expected in [
            "line 3: no `=` after the name\n",
            "line 4: the same name as in line 1\n",
            "line 5: the line does not begin with the name of a variable\n",
            "line 6: the line does not begin with the name of a variable\n",
            "line 7: text after the closing quote\n",
            "line 8: an unknown escape in double quotes\n",
            "line 9: the double quote is never closed\n  help: ",
        ] {
            assert!(
                message.contains(expected),
                "{expected:?} is not in: {message}"
            );
        }
        assert!(
            !message.contains("Zx9") && !message.contains("Lp5"),
            "{message}"
        );
        assert_eq!(
            message
                .lines()
                .filter(|line| line.starts_with("line "))
                .count(),
            7,
            "{message}"
        );
    }
}
