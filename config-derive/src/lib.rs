//! The derive macro of `stage-config`. Use it through that crate, whose documentation is the reference.

mod call_site;
mod expander;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a struct load itself. Documented where it is re-exported: `stage_config::StageConfig`.
#[proc_macro_derive(StageConfig, attributes(stage, config))]
pub fn derive_stage_config(input: TokenStream) -> TokenStream {
    expander::expand(input.into(), &call_site::describe()).into()
}
