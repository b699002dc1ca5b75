//! Converts the model to the function that decodes each field and builds the struct.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Path, Type};

use super::super::model::{DefaultModel, FieldContentModel, FieldModel, StructModel};
use super::super::type_parts::find_type_argument;
use super::{expand_option, expand_shape, find_default, from_str, new_local};

/// Emits `build`. All calls come before the test of their results, so that `build` collects every
/// failure.
///
/// One pattern tests all fields. With a `?` for each field, the compiler would emit, for each `?`,
/// the code that drops the other fields, so the size of the code would grow with the square of the
/// number of fields. A composed field comes after the fields that its template names.
pub(super) fn expand_build(model: &StructModel) -> TokenStream {
    let decoder = new_local("__decoder");
    let locals: Vec<_> = (0..model.fields.len())
        .map(|index| new_local(&format!("__f{index}")))
        .collect();
    let others = (0..model.fields.len()).filter(|index| !model.composed.contains(index));
    let calls = others.chain(model.composed.iter().copied()).map(|index| {
        let (local, call) = (
            &locals[index],
            expand_field_call(&decoder, index, &model.fields[index]),
        );
        quote!(let #local = #call;)
    });
    let idents = model.fields.iter().map(|field| &field.ident);
    let skipped = model
        .skipped
        .iter()
        .map(|(ident, ty)| quote!(#ident: <#ty as __p::Default>::default()));
    let validate = expand_validate(&quote!(Self), model.validate.as_ref());
    quote! {
        fn build(#decoder: &mut __p::StructDecoder<'_>) -> __p::Option<Self> {
            #(#calls)*
            let (#(__p::Some(#locals),)*) = (#(#locals,)*) else {
                return __p::None;
            };
            #decoder.finish(Self { #(#idents: #locals,)* #(#skipped,)* }, #validate)
        }
    }
}

fn expand_field_call(decoder: &Ident, index: usize, field: &FieldModel) -> TokenStream {
    let ty = &field.ty;
    let index = Literal::usize_unsuffixed(index);
    let value = match &field.content {
        FieldContentModel::Nested(_) => {
            return quote_spanned!(ty.span()=> <#ty as __p::NestedConfig>::build_nested(#decoder, #index));
        }
        FieldContentModel::Value(value) => value,
    };

    let decode = match &value.with {
        Some(module) => {
            let stored = new_local("__stored");
            quote_spanned!(module.span()=> |#stored| #module::deserialize(#stored))
        }
        None if value.object => {
            let (stored, shape, decode) = (
                new_local("__stored"),
                expand_shape(ty, value),
                expand_decode(ty),
            );
            quote_spanned!(ty.span()=> |#stored| __p::decode_object(#stored, #shape, #decode))
        }
        None if value.from_str => from_str::expand_decode(ty),
        None => expand_decode(ty),
    };

    let serialize = quote!(__p::Probe::<#ty>::serialize_default);
    let new_default =
        |make| quote!(__p::Some(__p::FieldDefault::Value { make: #make, serialize: #serialize }));
    let default = match find_default(value) {
        Some(DefaultModel::OfType) => new_default(quote!(<#ty as __p::Default>::default)),
        Some(DefaultModel::Expression { expr, .. }) => new_default(quote!(|| #expr)),
        Some(DefaultModel::Text(text)) => {
            quote!(__p::Some(__p::FieldDefault::Text { text: #text, serialize: #serialize }))
        }
        // A serde-style module is not called for a missing value. If the field's type is an
        // `Option`, or an alias of one, a missing value becomes `None`.
        None if value.with.is_some() => {
            quote!(__p::Probe::<#ty>::NONE.map(__p::FieldDefault::unset))
        }
        None => quote!(__p::None),
    };

    let validate = expand_validate(ty, value.validate.as_ref());
    quote!(#decoder.decode_field::<#ty>(#index, #decode, #default, #validate))
}

/// Emits the function that decodes a value. A secret is decoded inside its box, because the crate
/// `secrecy` deserializes only types that are `Clone`.
fn expand_decode(ty: &Type) -> TokenStream {
    let stored = new_local("__stored");
    let optional = find_type_argument(ty, "Option");
    match (
        find_type_argument(optional.unwrap_or(ty), "SecretBox"),
        optional,
    ) {
        (Some(inner), _) if is_unsized(inner) => {
            quote_spanned!(ty.span()=> __p::Probe::<#ty>::decode)
        }
        (Some(inner), None) => {
            quote_spanned!(ty.span()=> |#stored| __p::decode_secret(#stored, __p::Probe::<#inner>::decode_boxed))
        }
        (Some(inner), Some(_)) => {
            quote_spanned!(ty.span()=> |#stored| __p::decode_optional_secret(#stored, __p::Probe::<#inner>::decode_boxed))
        }
        (None, _) => quote_spanned!(ty.span()=> __p::Probe::<#ty>::decode),
    }
}

/// Returns whether the type is the content of a `SecretString` or a `SecretSlice`.
fn is_unsized(ty: &Type) -> bool {
    matches!(ty, Type::Slice(_)) || matches!(ty, Type::Path(path) if path.path.is_ident("str"))
}

/// Emits the `validate` function. The binding has an explicit type, so that a function of another
/// type causes only one error.
fn expand_validate(ty: &impl ToTokens, path: Option<&Path>) -> TokenStream {
    let validate = new_local("__validate");
    expand_option(
        path.map(|path| quote!({ let #validate: __p::ValidateFn<#ty> = #path; #validate })),
    )
}
