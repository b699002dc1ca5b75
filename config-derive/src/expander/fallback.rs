//! The impls that are emitted beside errors: whatever uses the struct compiles, so that one mistake is one message.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

use super::model::Model;
use super::{attr, expand};

/// The errors, and impls that are never run.
pub(super) fn tokens(input: &DeriveInput, errors: &Error) -> TokenStream {
    let errors = errors.to_compile_error();
    // What has parameters would need their bounds; its error says that it cannot be anyway.
    let impls = input.generics.params.is_empty().then(|| {
        // Described as one that inherits, it passes wherever it is nested.
        let model = Model::empty(input.ident.clone(), attr::crate_of(&input.attrs));
        let root = expand::root(&model, &quote!(&[]));
        let build = quote! {
            fn build(_: &mut __p::Values<'_>) -> __p::Option<Self> {
                __p::None
            }
        };
        expand::impls(&model, &build, &root)
    });
    quote!(#errors #impls)
}
