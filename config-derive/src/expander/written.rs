//! Tokens as a person would write them: `Option<Vec<u8>>`, where their own `Display` gives `Option < Vec < u8 > >`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// The text of a type or an expression.
pub(super) fn written(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

#[derive(Clone, Copy, PartialEq)]
enum Last {
    Nothing,
    Word,
    Group,
    Punct,
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut last = Last::Nothing;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                if last == Last::Word {
                    text.push(' ');
                }
                text.push_str(&token.to_string());
                last = Last::Word;
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace if last == Last::Nothing => ("{ ", " }"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
                last = Last::Group;
            }
            TokenTree::Punct(punct) => {
                let mut operator = String::from(punct.as_char());
                // `->` and `=>`; every other operator of two characters reads well one by one.
                if matches!(operator.as_str(), "-" | "=")
                    && let Some(TokenTree::Punct(next)) = tokens.peek()
                    && next.as_char() == '>'
                {
                    operator.push('>');
                    tokens.next();
                }
                let binary = matches!(last, Last::Word | Last::Group);
                match operator.as_str() {
                    "," | ";" => text.extend([operator.as_str(), if tokens.peek().is_some() { " " } else { "" }]),
                    "->" | "=>" => text.extend([" ", &operator, " "]),
                    "+" | "-" | "*" | "/" | "%" | "=" | "|" | "^" if binary => text.extend([" ", &operator, " "]),
                    _ => text.push_str(&operator),
                }
                last = Last::Punct;
            }
        }
    }
}
