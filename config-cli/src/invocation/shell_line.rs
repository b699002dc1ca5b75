//! Splits a command line of a POSIX shell into its commands. An operator or a comment is recognized
//! only after white space.

/// Calls `change` for the words of each command in a line, and replaces the words with the result.
/// The line may contain operators and a comment: `a | b`, `a && b`, `a < FILE`, `a  # comment`. The
/// file of a redirection counts as a command.
pub(super) fn map_commands(line: &str, change: impl Fn(&str) -> String) -> String {
    let mut changed = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (words, tail) = rest.split_at(find_end(rest));
        changed.push_str(&change(words));
        let next = if tail.trim_start().starts_with('#') {
            None
        } else {
            tail.find(|c: char| !c.is_whitespace() && !is_operator(c))
        };
        let (operator, following) = tail.split_at(next.unwrap_or(tail.len()));
        changed.push_str(operator);
        rest = following;
    }
    changed
}

/// Returns the position after the last word of the first command.
fn find_end(line: &str) -> usize {
    let mut open_quote = None;
    let mut previous = 'a';
    for (position, c) in line.char_indices() {
        let begins_word = previous.is_whitespace();
        match open_quote {
            Some(quote) if quote == c => open_quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => open_quote = Some(c),
            None if begins_word && (is_operator(c) || c == '#') => {
                return line[..position].trim_end().len();
            }
            None => {}
        }
        previous = c;
    }
    line.trim_end().len()
}

fn is_operator(c: char) -> bool {
    matches!(c, '|' | '&' | ';' | '<' | '>')
}
