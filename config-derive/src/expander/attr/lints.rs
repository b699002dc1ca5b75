//! The lints that generated code must allow, because the struct or a field allows them.

use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Meta, Path, Token, parse_quote};

/// Returns the lints that the struct or one of its fields allows or expects. An attribute
/// `#[deprecated]` counts as `#[allow(deprecated)]`, because generated code names the deprecated
/// struct or field.
pub(in crate::expander) fn read_allowed_lints(input: &DeriveInput) -> Vec<Path> {
    let mut lints: Vec<Path> = Vec::new();
    let of_fields = match &input.data {
        Data::Struct(data) => Some(data.fields.iter().flat_map(|field| &field.attrs)),
        Data::Enum(_) | Data::Union(_) => None,
    };
    for attr in input.attrs.iter().chain(of_fields.into_iter().flatten()) {
        for lint in read_attribute(attr) {
            let text = lint.to_token_stream().to_string();
            if lints
                .iter()
                .all(|other| other.to_token_stream().to_string() != text)
            {
                lints.push(lint);
            }
        }
    }
    lints
}

fn read_attribute(attr: &Attribute) -> Vec<Path> {
    let path = attr.path();
    if path.is_ident("deprecated") {
        return vec![parse_quote!(deprecated)];
    }
    if !path.is_ident("allow") && !path.is_ident("expect") {
        return Vec::new();
    }

    // An invalid list is ignored here, because the compiler reports it.
    let entries = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let lints = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| match entry {
            Meta::Path(lint) => Some(lint),
            // `reason = "…"`.
            Meta::List(_) | Meta::NameValue(_) => None,
        });
    lints.collect()
}
