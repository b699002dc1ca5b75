//! Formats tokens like hand-written code: `Option<Vec<u8>>` instead of `Option < Vec < u8 > >`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// Returns the text of a type or an expression.
pub(super) fn format_tokens(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

#[derive(Clone, Copy, PartialEq)]
enum LastToken {
    Nothing,
    Word,
    Group,
    Punct,
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut last = LastToken::Nothing;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                if last == LastToken::Word {
                    text.push(' ');
                }
                text.push_str(&token.to_string());
                last = LastToken::Word;
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace if last == LastToken::Nothing => ("{ ", " }"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
                last = LastToken::Group;
            }
            TokenTree::Punct(punct) => {
                let mut operator = String::from(punct.as_char());
                // Only `->` and `=>` need to be joined. All other operators of two characters are
                // written character by character.
                if matches!(operator.as_str(), "-" | "=")
                    && let Some(TokenTree::Punct(next)) = tokens.peek()
                    && next.as_char() == '>'
                {
                    operator.push('>');
                    tokens.next();
                }
                let binary = matches!(last, LastToken::Word | LastToken::Group);
                match operator.as_str() {
                    "," | ";" => text.extend([
                        operator.as_str(),
                        if tokens.peek().is_some() { " " } else { "" },
                    ]),
                    "->" | "=>" => text.extend([" ", &operator, " "]),
                    "+" | "-" | "*" | "/" | "%" | "=" | "|" | "^" if binary => {
                        text.extend([" ", &operator, " "])
                    }
                    _ => text.push_str(&operator),
                }
                last = LastToken::Punct;
            }
        }
    }
}
