//! The impls that are emitted beside errors: whatever uses the struct compiles, so that one mistake is one message.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

use super::model::StructModel;
use super::{attr, expand};

/// The errors, and impls that are never run.
pub(super) fn expand_errors(input: &DeriveInput, errors: &Error) -> TokenStream {
    let errors = errors.to_compile_error();
    // What has parameters would need their bounds; its error says that it cannot be anyway.
    let impls = input.generics.params.is_empty().then(|| {
        // Described as one that inherits, it passes wherever it is nested.
        let model = StructModel::empty(input.ident.clone(), attr::read_crate_path(&input.attrs));
        let root = expand::expand_root(&model, &quote!(&[]));
        let build = quote! {
            fn build(_: &mut __p::StructDecoder<'_>) -> __p::Option<Self> {
                __p::None
            }
        };
        expand::expand_impls(&model, &build, &root)
    });
    quote!(#errors #impls)
}
