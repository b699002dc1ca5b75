//! A text of several lines.
//!
//! A program of several lines of output cannot tell its own line ends from those in a name, a path or a message of a server, which
//! may forge a line: "prod: complete", an `::error` of a CI. So a text of several lines is a list of lines here, and a line end
//! within a line is never the program's own: [`output`](crate::output) shows it as `�`.

use serde::{Serialize, Serializer};

/// One or more lines. A `String` is one line, whatever is in it; a list of them is a line each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines(Vec<String>);

impl Lines {
    /// What `Display` of an error of the library says: it replaces the line ends of others itself.
    pub(crate) fn from_library(error: &impl std::fmt::Display) -> Self {
        Self(error.to_string().split('\n').map(str::to_owned).collect())
    }

    /// The sources of a chain, a line each.
    pub(crate) fn chain(sources: &[String]) -> impl Iterator<Item = String> {
        let line =
            |(index, source): (usize, &String)| if index == 0 { source.clone() } else { format!("else {source}") };
        sources.iter().enumerate().map(line)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The same lines, with this before the first one.
    pub(crate) fn with_start(&self, start: &str) -> Self {
        let mut start = Some(start);
        self.map(|line| format!("{}{line}", start.take().unwrap_or_default()))
    }

    /// The same lines, each changed.
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

/// For programs: one text.
impl Serialize for Lines {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.join("\n"))
    }
}
