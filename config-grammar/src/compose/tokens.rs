//! Splits a template into characters and placeholders.

use super::Part;

/// A character of the text, or a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Char(char),
    Part(Part),
}

impl Token {
    pub(super) fn is(&self, expected: char) -> bool {
        *self == Self::Char(expected)
    }
}

/// Splits a template. `{{` and `}}` are the characters `{` and `}`.
///
/// # Errors
///
/// Returns a message for each mistake.
pub(super) fn split(text: &str) -> Result<Vec<Token>, Vec<String>> {
    let (mut tokens, mut mistakes) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("{{") || rest.starts_with("}}") {
            tokens.push(Token::Char(first));
            rest = &rest[2..];
        } else if first == '{' {
            let Some((content, after)) = rest[1..].split_once('}') else {
                mistakes.push(
                    "a placeholder has no end: write `}`, or `{{` for the character `{`".to_owned(),
                );
                break;
            };
            match parse_part(content) {
                Ok(placeholder) => tokens.push(Token::Part(placeholder)),
                Err(mistake) => mistakes.push(mistake),
            }
            rest = after;
        } else {
            if first.is_control() {
                mistakes.push(format!(
                    "{first:?} is not allowed: write a visible character"
                ));
            }
            if first == '}' {
                mistakes.push("`}` has no `{`: write `}}` for the character `}`".to_owned());
            }
            tokens.push(Token::Char(first));
            rest = &rest[first.len_utf8()..];
        }
    }

    if mistakes.is_empty() {
        Ok(tokens)
    } else {
        Err(mistakes)
    }
}

fn parse_part(content: &str) -> Result<Part, String> {
    let (name, modifier) = content
        .split_once(':')
        .map_or((content, None), |(name, modifier)| (name, Some(modifier)));
    if !name.split('.').all(is_identifier) {
        return Err(format!(
            "`{{{content}}}` does not name a field: write `{{field}}` or `{{nested.field}}`, or \
             `{{{{` for the character `{{`"
        ));
    }
    let raw = match modifier {
        None => false,
        Some("raw") => true,
        Some(_) => {
            return Err(format!(
                "`{{{content}}}` has an unknown form: write `{{{name}}}` or `{{{name}:raw}}`"
            ));
        }
    };
    Ok(Part {
        name: name.to_owned(),
        raw,
    })
}

/// Returns whether a text can be the name of a field.
fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
}
