//! The quoting of texts in commands, and some of the commands that messages suggest.

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

/// Returns the command `aws COMMAND` for this region. Without a region, the AWS CLI uses the region
/// of its own configuration.
///
/// ```
/// use stage_config_grammar::shell::aws_command;
///
/// let verb = "ssm get-parameter-history --name /a";
/// assert_eq!(aws_command(verb, Some("eu-west-1")), format!("aws {verb} --region eu-west-1"));
/// assert_eq!(aws_command(verb, None), format!("aws {verb}"));
/// ```
#[must_use]
pub fn aws_command(command: &str, region: Option<&str>) -> String {
    match region {
        Some(region) => format!("aws {command} --region {}", quote(region)),
        None => format!("aws {command}"),
    }
}

/// Returns a command for bash and zsh that reads one line from the terminal without echo, and
/// passes this line to the standard input of `command`, without the line end. The typed text
/// appears neither in the history of the shell nor in the arguments of a process.
///
/// ```
/// use stage_config_grammar::shell::pipe_typed_line;
///
/// assert_eq!(pipe_typed_line("wc -c"), r#"IFS= read -rs VALUE && printf %s "$VALUE" | wc -c"#);
/// ```
#[must_use]
pub fn pipe_typed_line(command: &str) -> String {
    format!("IFS= read -rs VALUE && printf %s \"$VALUE\" | {command}")
}

/// Removes the quoting of one word, as a POSIX shell does. Returns `None` if the text is not one
/// word, for example because a quote is open.
///
/// ```
/// use stage_config_grammar::shell::unquote;
///
/// assert_eq!(unquote(r#"a\ b" c""#).as_deref(), Some("a b c"));
/// assert_eq!(unquote("a b"), None);
/// assert_eq!(unquote("'a"), None);
/// ```
#[must_use]
pub fn unquote(text: &str) -> Option<String> {
    let [word] = <[String; 1]>::try_from(shlex::split(text)?).ok()?;
    Some(word)
}
