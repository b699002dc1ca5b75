//! The impls that are emitted together with errors. Code that uses the struct compiles, so that one
//! mistake causes one message.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

use super::model::StructModel;
use super::{attr, expand};

/// Returns the errors, and impls that are never executed.
pub(super) fn expand_errors(input: &DeriveInput, errors: &Error) -> TokenStream {
    let errors = errors.to_compile_error();
    // A generic struct would need its bounds; its error says that it is not supported anyway.
    let impls = input.generics.params.is_empty().then(|| {
        // As a struct that inherits, it can be nested anywhere.
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
