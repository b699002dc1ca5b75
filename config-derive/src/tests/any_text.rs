//! No text in an attribute makes the derive panic, and the emitted code always parses.

use proc_macro2::TokenStream;
use proptest::prelude::*;
use quote::quote;

use super::expand_messages;

/// Tokens with a meaning, so that random input gets beyond the first token.
const PIECES: &[&str] = &[
    "dev",
    "prod",
    "fallback",
    "all",
    "default",
    "nested",
    "skip",
    "inherit",
    "preview",
    "account",
    "schemes",
    "crate",
    "with",
    "refresh",
    "rename",
    "rename_all",
    "no_fallback",
    "secret",
    "validate",
    "app",
    "stage_var",
    "default_stage",
    "=",
    ",",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"/a/{field}\"",
    "\"secret:a#b\"",
    "\"sealed:{stage}/x\"",
    "\"env:X?plaintext=allow\"",
    "\"value:x\"",
    "\"\"",
    "\"5m\"",
    "\"pr-*\"",
    "\"111122223333\"",
    "\"a::b\"",
    "\"kebab-case\"",
    "30",
    "-",
    ".",
    "::",
    "r#type",
    "'a",
    "#",
    "!",
    "|x| x",
];

fn any_attribute() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(PIECES), 0..12)
            .prop_map(|pieces| pieces.join(" ")),
        any::<String>(),
    ]
}

/// Parses the text as the compiler would; input that the lexer refuses never reaches a macro.
fn parse_tokens(text: &str) -> Option<TokenStream> {
    text.parse().ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_attribute_makes_the_derive_panic(on_struct in any_attribute(), config in any_attribute(), on_field in any_attribute(), option in any_attribute()) {
        let parsed = (parse_tokens(&on_struct), parse_tokens(&config), parse_tokens(&on_field), parse_tokens(&option));
        if let (Some(on_struct), Some(config), Some(on_field), Some(option)) = parsed {
            expand_messages(quote! {
                #[stage(#on_struct)]
                #[config(#config)]
                struct Config {
                    #[stage(#on_field)]
                    #[config(#option)]
                    first: String,
                    #[config(nested)]
                    second: Inner,
                    third: Option<u8>,
                }
            });
        }
    }

    #[test]
    fn no_source_makes_the_derive_panic(text in any::<String>(), template in "[a-z:/{}?=&#-]{0,16}") {
        expand_messages(quote! {
            #[stage(dev = #template, fallback = [#template, #text])]
            #[config(schemes("vault"))]
            struct Config {
                #[stage(all = #text)]
                first: String,
                second: u8,
            }
        });
    }
}
