//! The text of types and expressions in messages and in the schema.

use syn::{Expr, Type, parse_str};

use crate::expander::format_tokens::format_tokens;

#[test]
fn types_and_expressions_look_like_hand_written_code() {
    for text in [
        "Option<Vec<u8>>",
        "HashMap<String, Box<dyn Fn(&str) -> [u8; 4]>>",
        "Cow<'static, str>",
        "<T as Trait>::Output",
    ] {
        let ty: Type = parse_str(text).expect("a type");
        assert_eq!(format_tokens(&ty), text);
    }
    for text in [
        "60 * 5",
        "-1",
        "LIMIT == 1 || LIMIT != 2 && !DEBUG",
        "LIMIT >= 3",
        "1 << 20",
        "std::env::consts::OS",
    ] {
        let expression: Expr = parse_str(text).expect("an expression");
        assert_eq!(format_tokens(&expression), text);
    }
}
