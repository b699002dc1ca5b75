//! Tokens → attributes → model → tokens.
//!
//! A folder of its own, and without a word of `proc_macro`, so that tests and the bench can call it.

mod attr;
mod case;
mod expand;
mod fallback;
mod link;
mod model;
mod report;
mod sealed;
mod snapshot;
mod source;
mod type_parts;
mod written;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use self::attr::Input;
use self::model::Model;
use self::report::Report;

/// The whole derive; `place` says which crate it is for, and where in it. What is wrong comes out as `compile_error!`s, beside an impl that keeps other code from failing.
pub(crate) fn expand(tokens: TokenStream, place: &str) -> TokenStream {
    let hash = link::hash(&tokens, place);
    let input: DeriveInput = match syn::parse2(tokens) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match read(&input) {
        Ok(model) => expand::tokens(&model, hash),
        Err(error) => fallback::tokens(&input, &error),
    }
}

fn read(input: &DeriveInput) -> syn::Result<Model> {
    let fields = attr::named_fields(input)?;
    let mut report = Report::default();
    let input = Input::read(input, fields, &mut report);
    let model = Model::new(&input, &mut report);
    report.finish()?;
    Ok(model)
}
