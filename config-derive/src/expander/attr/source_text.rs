//! The text of a source, and the file that states it.

use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::LitStr;

/// The text of a source: a literal of an attribute, or a template in `Cargo.toml`.
#[derive(Clone)]
pub(in crate::expander) struct SourceText {
    literal: LitStr,
    /// The key of `Cargo.toml` that states the text, as in `` `template` in
    /// [workspace.metadata.stage.dev] of PATH ``.
    cargo_key: Option<Rc<str>>,
}

impl From<LitStr> for SourceText {
    fn from(literal: LitStr) -> Self {
        Self {
            literal,
            cargo_key: None,
        }
    }
}

impl SourceText {
    /// Creates a text that a key of `Cargo.toml` states. The compiler shows mistakes at `span`.
    pub(in crate::expander) fn from_cargo_toml(text: &str, key: &Rc<str>, span: Span) -> Self {
        Self {
            literal: LitStr::new(text, span),
            cargo_key: Some(Rc::clone(key)),
        }
    }

    pub(in crate::expander) fn value(&self) -> String {
        self.literal.value()
    }

    /// Returns the message for a mistake in the text. If the text is from `Cargo.toml`, the message
    /// names the key of the text, because the compiler cannot show a position in `Cargo.toml`.
    pub(in crate::expander) fn explain(&self, message: &str) -> String {
        match &self.cargo_key {
            Some(key) => format!("{key}: {message}"),
            None => message.to_owned(),
        }
    }
}

impl ToTokens for SourceText {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.literal.to_tokens(tokens);
    }
}
