//! A text of several lines.
//!
//! In a plain string, a line end of the program cannot be distinguished from one in a name, a path
//! or a server's message. Such a line end could forge a line: "prod: complete", or an `::error` of
//! a CI system. So a text is a list of lines, and a line end inside a line is always untrusted:
//! [`output`](crate::output) shows it as `�`.

/// One or more lines. A `String` is always one line; a list has one line for each string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines(Vec<String>);

impl Lines {
    /// Returns the sources of a chain, one line each.
    pub(crate) fn chain(sources: &[String]) -> impl Iterator<Item = String> {
        let line =
            |(index, source): (usize, &String)| if index == 0 { source.clone() } else { format!("else {source}") };
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
