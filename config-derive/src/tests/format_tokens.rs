//! The text of types and expressions in messages and in the schema.

use quote::ToTokens;
use syn::parse::Parse;
use syn::{Expr, Type, parse_str};

use crate::expander::format_tokens::format_tokens;

#[track_caller]
fn assert_unchanged<T: Parse + ToTokens>(texts: &[&str]) {
    for text in texts {
        let parsed: T = parse_str(text).expect("the text is valid");
        assert_eq!(format_tokens(&parsed), *text);
    }
}

#[test]
fn types_and_expressions_look_like_hand_written_code() {
    assert_unchanged::<Type>(&[
        "Option<Vec<u8>>",
        "HashMap<String, Box<dyn Fn(&str) -> [u8; 4]>>",
        "Cow<'static, str>",
        "<T as Trait>::Output",
    ]);
    assert_unchanged::<Expr>(&[
        "60 * 5",
        "-1",
        "LIMIT == 1 || LIMIT != 2 && !DEBUG",
        "LIMIT >= 3",
        "1 << 20",
        "std::env::consts::OS",
    ]);
}
