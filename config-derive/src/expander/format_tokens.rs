//! Formats tokens like hand-written code: `Option<Vec<u8>>` instead of `Option < Vec < u8 > >`.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// Returns the text of a type or an expression.
pub(crate) fn format_tokens(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

/// The operators that have a space on both sides when they follow an operand. `<`, `>` and `>>`
/// have no spaces, because they may enclose the parameters of a type.
const BINARY: [&str; 16] = [
    "+", "-", "*", "/", "%", "=", "|", "^", "==", "!=", "<=", ">=", "&&", "||", "<<", "..=",
];

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
                let mut is_joint = punct.spacing() == Spacing::Joint;
                while is_joint
                    && let Some(TokenTree::Punct(next)) = tokens.peek()
                    && !matches!(next.as_char(), ',' | ';')
                {
                    operator.push(next.as_char());
                    is_joint = next.spacing() == Spacing::Joint;
                    tokens.next();
                }

                let is_binary = matches!(last, LastToken::Word | LastToken::Group);
                match operator.as_str() {
                    "," | ";" => text.extend([
                        operator.as_str(),
                        if tokens.peek().is_some() { " " } else { "" },
                    ]),
                    "->" | "=>" => text.extend([" ", &operator, " "]),
                    operator if is_binary && BINARY.contains(&operator) => {
                        text.extend([" ", operator, " "]);
                    }
                    operator => text.push_str(operator),
                }
                last = LastToken::Punct;
            }
        }
    }
}
