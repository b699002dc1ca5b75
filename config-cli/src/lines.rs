//! A message or a table cell of one or more lines.
//!
//! In a plain string, a line end of the command cannot be distinguished from a line end in a name,
//! a path or a message of a server. Such a line end could forge a line: "prod: complete", or an
//! `::error` of a CI system. So a text is a list of lines. A line end inside a line is always
//! untrusted, and [`output`](crate::output) shows it as `�`.

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
