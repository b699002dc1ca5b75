//! The impls that are emitted together with errors. With them, code that uses the struct compiles,
//! so one mistake causes only one message.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, Path};

use super::model::StructModel;
use super::{attr, dependency, expand};

/// Returns the errors, and impls that are never executed. A generic struct gets no impls.
pub(super) fn expand_errors(input: &DeriveInput, errors: &Error) -> TokenStream {
    let errors = errors.to_compile_error();
    // Impls for a generic struct would need its bounds. The error says that such a struct is not
    // supported.
    let impls = input.generics.params.is_empty().then(|| {
        // The model has `inherit`, because a struct with `inherit` can be nested anywhere.
        let model = StructModel::empty(
            input.ident.clone(),
            attr::read_crate_path(&input.attrs).or_else(find_crate_path),
            attr::read_allowed_lints(input),
        );
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

/// Returns the path of `stage-config` if Cargo.toml gives the dependency another name.
fn find_crate_path() -> Option<Path> {
    syn::parse_str(&format!("::{}", dependency::find_other_name()?)).ok()
}
