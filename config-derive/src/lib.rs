//! The derive macro of `stage-config`. Use that crate, which contains the documentation.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod call_site;
mod expander;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Derives `StageConfig`. See the documentation of `stage_config::StageConfig`.
#[proc_macro_derive(StageConfig, attributes(stage, config))]
pub fn derive_stage_config(input: TokenStream) -> TokenStream {
    expander::expand(input.into(), &call_site::describe()).into()
}
