//! A text of several lines.
//!
//! In a plain string, a line end of the program cannot be distinguished from one in a name, a path
//! or a server's message. Such a line end could forge a line: "prod: complete", or an `::error` of
//! a CI system. So a text is a list of lines, and a line end inside a line is always untrusted:
//! [`output`](crate::output) shows it as `�`.

use serde::{Serialize, Serializer};

/// One or more lines. A `String` is always one line; a list has one line for each string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines(Vec<String>);

impl Lines {
    /// Converts the `Display` text of a library error, in which the library has already replaced
    /// untrusted line ends.
    pub(crate) fn from_library(error: &impl std::fmt::Display) -> Self {
        Self(error.to_string().split('\n').map(str::to_owned).collect())
    }

    /// Returns the sources of a chain, one line each.
    pub(crate) fn chain(sources: &[String]) -> impl Iterator<Item = String> {
        let line =
            |(index, source): (usize, &String)| if index == 0 { source.clone() } else { format!("else {source}") };
        sources.iter().enumerate().map(line)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Returns the lines with this text before the first one.
    pub(crate) fn with_start(&self, start: &str) -> Self {
        let mut start = Some(start);
        self.map(|line| format!("{}{line}", start.take().unwrap_or_default()))
    }

    /// Returns the lines, each changed by the function.
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

/// Serializes as one text, for programs.
impl Serialize for Lines {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.join("\n"))
    }
}
