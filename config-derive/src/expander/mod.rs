//! Tokens → attributes → model → tokens.
//!
//! A folder of its own, and without a word of `proc_macro`, so that tests and the bench can call it.

mod attr;
mod case;
mod diagnostics;
mod error_impls;
mod expand;
mod format_tokens;
mod link_section;
mod model;
mod sealed;
mod snapshot;
mod source;
mod type_parts;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use self::attr::StructInput;
use self::diagnostics::Diagnostics;
use self::model::StructModel;

/// The whole derive; `place` says which crate it is for, and where in it. What is wrong comes out as `compile_error!`s, beside an impl that keeps other code from failing.
pub(crate) fn expand(tokens: TokenStream, place: &str) -> TokenStream {
    let hash = link_section::hash_struct(&tokens, place);
    let input: DeriveInput = match syn::parse2(tokens) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match read_model(&input) {
        Ok(model) => expand::expand_struct(&model, hash),
        Err(error) => error_impls::expand_errors(&input, &error),
    }
}

fn read_model(input: &DeriveInput) -> syn::Result<StructModel> {
    let fields = attr::require_named_fields(input)?;
    let mut report = Diagnostics::default();
    let input = StructInput::read(input, fields, &mut report);
    let model = StructModel::new(&input, &mut report);
    report.finish()?;
    Ok(model)
}
