//! The pipeline of the derive: tokens → attributes → model → tokens.
//!
//! This module does not use `proc_macro`, so that tests and the benchmark can call it.

mod attr;
mod cargo_stages;
mod case;
pub(crate) mod dependency;
mod diagnostics;
mod error_impls;
mod expand;
pub(crate) mod format_tokens;
mod link_section;
pub(crate) mod literal_text;
mod model;
pub(crate) mod package_folder;
mod sealed;
mod snapshot;
mod source;
mod type_parts;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use self::attr::StructInput;
use self::diagnostics::Diagnostics;
use self::model::StructModel;

/// Expands the derive. `place` names the crate and the position of the derive in it. Mistakes are
/// emitted as `compile_error!`s. If the struct can be parsed and has no generic parameters, impls
/// are emitted too, so that a mistake causes no further errors in code that uses the struct.
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
    let mut input = StructInput::read(input, fields, &mut report);
    if input.options.krate.is_none()
        && let Some(name) = dependency::find_other_name()
    {
        report.error(
            &input.ident,
            format!(
                "Cargo.toml gives the dependency `stage-config` the name `{name}`: add `#[config(crate = \"{name}\")]` \
                 to the struct"
            ),
        );
    }
    cargo_stages::add_settings(&mut input, &mut report);
    let model = StructModel::new(&input, &mut report);
    report.finish()?;
    Ok(model)
}
