//! Tests of the expander, most of them on the tokens of a whole struct.

mod any_text;
mod cargo_stages;
mod format_tokens;
mod literal_text;
mod other_name;
mod rules;
mod snapshots;

use proc_macro2::TokenStream;
use syn::{Expr, ExprLit, Lit, Macro};

use crate::expander::expand;

/// Returns the messages in the order in which the compiler would show them.
fn expand_messages(input: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(expand(input, "")).expect("the emitted code parses");
    let errors = file.items.into_iter().filter_map(|item| match item {
        syn::Item::Macro(item) => Some(read_message(&item.mac)),
        _ => None,
    });
    errors.collect()
}

fn read_message(invocation: &Macro) -> String {
    assert!(
        invocation
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "compile_error")
    );
    match invocation.parse_body() {
        Ok(Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        })) => text.value(),
        other => panic!("not a message: {other:?}"),
    }
}
