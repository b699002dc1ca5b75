//! Texts in commands that messages suggest.

use std::borrow::Cow;

/// Quotes a text for a POSIX shell, if the shell would interpret one of its characters: `rds!db`
/// becomes `'rds!db'`, because `!` expands the history of an interactive shell.
///
/// ```
/// use stage_config_grammar::shell::quote;
///
/// assert_eq!(quote("prod/db"), "prod/db");
/// assert_eq!(quote("rds!db-1"), "'rds!db-1'");
/// ```
#[must_use]
pub fn quote(text: &str) -> Cow<'_, str> {
    // Only a NUL cannot be quoted, and an argument of a process contains no NUL.
    shlex::try_quote(text).unwrap_or(Cow::Borrowed(text))
}
