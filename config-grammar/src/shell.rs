//! Texts in commands that messages suggest.

use std::borrow::Cow;

/// Quotes a text for a POSIX shell if the shell would interpret one of its characters: `rds!db`
/// becomes `'rds!db'`, because `!` expands the history of an interactive shell.
///
/// ```
/// use stage_config_grammar::shell::quote;
///
/// assert_eq!(quote("prod/db"), "prod/db");
/// assert_eq!(quote("rds!db-1"), "'rds!db-1'");
/// assert_eq!(quote("it's"), r"'it'\''s'");
/// ```
#[must_use]
pub fn quote(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=+@,%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}
