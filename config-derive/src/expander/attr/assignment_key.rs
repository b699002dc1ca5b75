//! The left side of `#[stage(KEY = SOURCE, …)]` and of `account(KEY = "…")`.

use std::fmt;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token};

/// A key with its span.
pub(in crate::expander) struct AssignmentKeyInput {
    pub(in crate::expander) name: AssignmentKeyModel,
    tokens: TokenStream,
}

/// The meaning of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::expander) enum AssignmentKeyModel {
    Stage(String),
    Fallback,
    All,
}

impl fmt::Display for AssignmentKeyModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stage(name) => name,
            Self::Fallback => "fallback",
            Self::All => "all",
        })
    }
}

impl AssignmentKeyInput {
    /// Creates the key of an entry in `Cargo.toml`. Such a key has no tokens of its own, so the
    /// compiler shows its mistakes at `tokens`.
    pub(in crate::expander) fn new(name: AssignmentKeyModel, tokens: &impl ToTokens) -> Self {
        Self {
            name,
            tokens: tokens.to_token_stream(),
        }
    }
}

impl ToTokens for AssignmentKeyInput {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

impl Parse for AssignmentKeyInput {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        const AS_TEXT: &str =
            "write a name that is not an identifier as a string, as in `\"pr-1\"`";
        let (name, tokens) = if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            (literal.value(), literal.to_token_stream())
        } else if input.peek(Ident::peek_any) {
            let ident = input.call(Ident::parse_any)?;
            (ident.unraw().to_string(), ident.to_token_stream())
        } else {
            return Err(input.error(format!(
                "expected the name of a stage, `fallback` or `all`; {AS_TEXT}"
            )));
        };

        if input.peek(Token![-]) || input.peek(Token![.]) {
            return Err(input.error(AS_TEXT));
        }

        let name = match name.as_str() {
            "fallback" => AssignmentKeyModel::Fallback,
            "all" => AssignmentKeyModel::All,
            _ => AssignmentKeyModel::Stage(name),
        };

        Ok(Self { name, tokens })
    }
}
