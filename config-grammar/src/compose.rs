//! The templates of composed fields, as in `postgres://{user}:{password}@{host}:{port}/orders`.
//!
//! A template that begins with `scheme://` is a URL (RFC 3986). The place of a placeholder in the
//! URL decides how its value is written: percent-encoded, or checked as a host or a port. The value
//! of a placeholder with `:raw` is written unchanged.

mod host;
mod order;
mod tokens;
mod url;

pub use host::{HOST, write_host};
pub use order::sort_by_parts;

use std::fmt;
use tokens::{Token, split};

/// The maximum number of placeholders in a template.
const MAX_PARTS: usize = 64;

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeTemplate {
    components: Vec<Component>,
}

/// A section of a template. Its place decides how the values of its placeholders are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The place of the section in the template.
    pub place: Place,
    /// The texts and placeholders of the section, in order.
    pub pieces: Vec<Piece>,
}

/// A text or a placeholder in a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A text of the template.
    Text(String),
    /// `{name}` or `{name:raw}`.
    Part(Part),
}

/// `{name}` or `{name:raw}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The path of a field, as in `db.user`.
    pub name: String,
    /// Whether the value is written unchanged, without escapes.
    pub raw: bool,
}

/// The place of a component, which decides how its values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The scheme, a delimiter between two other components, or the whole text if the template is
    /// not a URL. The values are written unchanged.
    Literal,
    /// The user and the password. The values are percent-encoded.
    UserInfo,
    /// The host: a DNS name, an IPv4 address, or an IPv6 address, which is written in brackets. The
    /// host is checked, not percent-encoded.
    Host,
    /// The port: a number up to 65535. The port is checked, not percent-encoded.
    Port,
    /// A part of the path between two slashes, or after the last slash. The values are
    /// percent-encoded.
    PathSegment,
    /// The query. The values are percent-encoded.
    Query,
    /// The fragment. The values are percent-encoded.
    Fragment,
}

impl Place {
    /// Returns whether a value in this place may be empty. In the other places, an empty value
    /// would change the meaning of the URL.
    #[must_use]
    pub fn may_be_empty(self) -> bool {
        matches!(self, Self::Literal | Self::Query | Self::Fragment)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Literal => "the text",
            Self::UserInfo => "the user or the password",
            Self::Host => "the host",
            Self::Port => "the port",
            Self::PathSegment => "the path",
            Self::Query => "the query",
            Self::Fragment => "the fragment",
        })
    }
}

impl Component {
    /// Returns the placeholders in order.
    pub fn parts(&self) -> impl Iterator<Item = &Part> + Clone {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Part(part) => Some(part),
            Piece::Text(_) => None,
        })
    }

    /// Returns whether the component has a placeholder with `:raw`. If a host or port has one, it
    /// cannot be checked.
    #[must_use]
    pub fn has_raw_value(&self) -> bool {
        self.parts().any(|part| part.raw)
    }

    /// Returns the text of the component. Returns `None` if the component has a placeholder.
    fn as_text(&self) -> Option<String> {
        let texts = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Part(_) => None,
        });
        texts.collect()
    }
}

impl ComposeTemplate {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// Returns a message for each mistake. If a placeholder is malformed or a character is not
    /// allowed, returns only the messages for such mistakes, because the URL cannot be checked.
    ///
    /// ```
    /// use stage_config_grammar::compose::ComposeTemplate;
    ///
    /// let template = ComposeTemplate::parse("https://{host}:{port}/{path}")?;
    /// assert_eq!(template.list_fields(), ["host", "port", "path"]);
    ///
    /// // This template is not a URL, so each of the two placeholders needs `:raw`.
    /// let mistakes = ComposeTemplate::parse("{user}@{host}").unwrap_err();
    /// assert_eq!(mistakes.len(), 2);
    /// # Ok::<(), Vec<String>>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let tokens = split(text)?;
        if !tokens.iter().any(|token| matches!(token, Token::Part(_))) {
            return Err(vec![
                "the template has no placeholder, as in `{field}`: for a fixed value, write a \
                 `default`"
                    .to_owned(),
            ]);
        }

        let count = tokens
            .iter()
            .filter(|token| matches!(token, Token::Part(_)))
            .count();
        if count > MAX_PARTS {
            return Err(vec![format!(
                "a template has at most {MAX_PARTS} placeholders, but this one has {count}"
            )]);
        }

        let (components, mistakes) = url::parse(tokens);
        if mistakes.is_empty() {
            Ok(Self { components })
        } else {
            Err(mistakes)
        }
    }

    /// Returns the components in order.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// Returns the fields that the template names, each once.
    #[must_use]
    pub fn list_fields(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for placeholder in self.parts() {
            if !names.contains(&placeholder.name) {
                names.push(placeholder.name.clone());
            }
        }
        names
    }

    /// Returns the placeholders in order. A field may occur more than once.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.components.iter().flat_map(Component::parts)
    }
}

#[cfg(test)]
mod tests;
