//! Emits the shape and the decoder of a field with `from_str`. The type that has `FromStr` may be
//! inside of an `Option`, a list, a set or a secret's box.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned as _;

use super::super::type_parts::find_type_argument;
use super::new_local;

/// The names of the list and set types, each with its variant of `Kind`.
const LISTS: [(&str, &str); 4] = [
    ("Vec", "ListOf"),
    ("VecDeque", "ListOf"),
    ("BTreeSet", "SetOf"),
    ("HashSet", "SetOf"),
];

/// Emits the shape: a text that only `FromStr` can check, or a list or set of such texts.
pub(super) fn expand_shape(ty: &Type) -> TokenStream {
    let optional = find_type_argument(ty, "Option");
    let text = quote!(__p::Kind::Format(__p::TextFormat::FromStr));
    let kind = match find_item(optional.unwrap_or(ty)) {
        Some((list, _)) => {
            let list = quote::format_ident!("{list}");
            quote!(__p::Kind::#list(&#text))
        }
        None => text,
    };
    let optional = optional.is_some();
    quote_spanned!(ty.span()=> __p::Shape { kind: #kind, optional: #optional })
}

/// Emits the function that decodes a value.
pub(super) fn expand_decode(ty: &Type) -> TokenStream {
    if let Some(inner) = find_type_argument(ty, "Option") {
        let (stored, decode) = (new_local("__stored"), expand_decode(inner));
        return quote_spanned!(ty.span()=> |#stored| __p::decode_optional(#stored, #decode));
    }
    if let Some(inner) = find_type_argument(ty, "SecretBox") {
        let stored = new_local("__stored");
        return quote_spanned! {ty.span()=>
            |#stored| __p::decode_secret(#stored, __p::decode_from_str_boxed::<#inner>)
        };
    }
    match find_item(ty) {
        Some((_, item)) => quote_spanned!(ty.span()=> __p::decode_list_from_str::<#ty, #item>),
        None => quote_spanned!(ty.span()=> __p::decode_from_str::<#ty>),
    }
}

/// Returns the kind of a list or set, and the type of its items.
fn find_item(ty: &Type) -> Option<(&'static str, &Type)> {
    let find = |(name, kind): &(&str, &'static str)| Some((*kind, find_type_argument(ty, name)?));
    LISTS.iter().find_map(find)
}
