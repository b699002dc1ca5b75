//! Converts the model to tokens: one constant, one call for each field, and the assertions that
//! only the compiler can evaluate.

mod build;
mod from_str;
mod schema;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned as _;

use super::link_section;
use super::literal_text::LiteralTextModel;
use super::model::{
    DefaultModel, FieldContentModel, FieldModel, FieldSpecModel, LiteralModel, SecrecyModel,
    StructKind, StructModel, VisibleValue,
};
use super::type_parts::collect_type_parts;
use build::expand_build;
use schema::expand_schema;

/// Emits the whole expansion:
///
/// ```text
/// const _: () = {
///     use ::stage_config::__private as __p;
///     impl __p::ConfigStruct for Config { const STRUCT_SCHEMA: __p::Schema = …; fn build(…) { one call per field } }
///     impl __p::StageConfig for Config { … }      // not for `inherit`
///     const _: () = __p::assert_…;                // one for each check by the compiler
/// };
/// ```
///
/// `hash` distinguishes the struct from others; see [`link_section`].
pub(super) fn expand_struct(model: &StructModel, hash: u64) -> TokenStream {
    // Imports the trait that `Probe` implements for every type. The inherent items of `Probe` for
    // known types take precedence over the items of this trait.
    let blanket_trait = model.value_fields().next().map(|_| {
        quote!(
            use __p::UnknownType as _;
        )
    });
    let root = matches!(model.kind, StructKind::Root { .. })
        .then(|| expand_root(model, &link_section::expand_record(&model.ident, hash)));
    let visible = model
        .value_fields()
        .flat_map(|(field, value)| expand_plain_asserts(field, value));
    let literals = model
        .value_fields()
        .flat_map(|(field, value)| expand_literal_asserts(field, value));
    let composed = model
        .composed
        .iter()
        .filter_map(|index| expand_composed_assert(model, *index));
    let paths = expand_path_asserts(model);
    // The compiler recompiles the crate when one of these files changes.
    let files = model.cargo_files.iter().map(|path| {
        quote!(
            const _: &[__p::u8] = __p::include_bytes!(#path);
        )
    });
    expand_impls(
        model,
        &expand_build(model),
        &quote!(#blanket_trait #root #(#visible)* #(#literals)* #(#composed)* #(#paths)* #(#files)*),
    )
}

/// Emits the check of a composed field against its parts, because only the compiler sees their
/// types and the fields of nested structs. The code also reads the parts, so that the compiler does
/// not warn about a field that only a template uses.
fn expand_composed_assert(model: &StructModel, index: usize) -> Option<TokenStream> {
    let FieldContentModel::Value(value) = &model.fields[index].content else {
        return None;
    };
    let compose = value.compose.as_ref()?;
    let is_part = |field: &&FieldModel| {
        let names = |part: &String| part.split('.').next() == Some(field.name.as_str());
        compose.parts.iter().any(names)
    };
    let parts = model
        .fields
        .iter()
        .filter(is_part)
        .map(|field| &field.ident);
    let (ident, index) = (&model.ident, Literal::usize_unsuffixed(index));
    let config = new_local("__config");
    Some(quote_spanned! {compose.template.span()=>
        const _: () = __p::assert_composed(&<#ident as __p::ConfigStruct>::STRUCT_SCHEMA, #index);
        const _: fn(&#ident) = |#config| { #(let _ = &#config.#parts;)* };
    })
}

/// Emits the check of each field that reads all parameters below a path: its type must be a map.
fn expand_path_asserts(model: &StructModel) -> impl Iterator<Item = TokenStream> {
    let reads_path = |field: &FieldModel| match &field.content {
        FieldContentModel::Value(value) => value.reads_path,
        FieldContentModel::Nested(_) => false,
    };
    let fields = model.fields.iter().enumerate();
    fields
        .filter(move |(_, field)| reads_path(field))
        .map(|(index, field)| {
            let (ident, index) = (&model.ident, Literal::usize_unsuffixed(index));
            quote_spanned! {field.ty.span()=>
                const _: () = __p::assert_path(&<#ident as __p::ConfigStruct>::STRUCT_SCHEMA, #index);
            }
        })
}

/// Emits the surrounding `const _` and in it the impl of `ConfigStruct`, followed by `others`.
pub(super) fn expand_impls(
    model: &StructModel,
    build: &TokenStream,
    others: &TokenStream,
) -> TokenStream {
    let StructModel {
        ident,
        krate,
        allowed_lints,
        ..
    } = model;
    // The generated code names the types of the fields, and runs the expressions of the attributes.
    // So the lints that the struct or a field allows are also allowed in the generated code.
    let allow = (!allowed_lints.is_empty()).then(|| quote!(#[allow(#(#allowed_lints),*)]));
    let schema = expand_schema(model);
    quote! {
        #allow
        const _: () = {
            use #krate::__private as __p;

            #[automatically_derived]
            impl __p::ConfigStruct for #ident {
                const STRUCT_SCHEMA: __p::Schema = #schema;
                #build
            }

            #others
        };
    }
}

/// Emits the impl that makes a struct loadable, and the checks of its nested structs. `record` is
/// the body of `__manifest`, the function that returns the manifest's record.
pub(super) fn expand_root(model: &StructModel, record: &TokenStream) -> TokenStream {
    let StructModel {
        ident,
        krate,
        fields,
        ..
    } = model;
    let nested = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| matches!(field.content, FieldContentModel::Nested(_)));
    let asserts = nested.map(|(index, field)| {
        let index = Literal::usize_unsuffixed(index);
        quote_spanned! {field.ty.span()=>
            const _: () = __p::assert_nested(&<#ident as __p::ConfigStruct>::STRUCT_SCHEMA, #index);
        }
    });

    quote! {
        #[automatically_derived]
        impl #krate::StageConfig for #ident {
            fn __cell() -> &'static __p::ConfigCell<Self> {
                static CELL: __p::ConfigCell<#ident> = __p::ConfigCell::new();
                &CELL
            }

            fn __manifest() -> &'static [__p::u8] {
                #record
            }
        }
        #(#asserts)*
    }
}

/// Emits an assertion for each source and option that makes the value visible: the type must not be
/// secret. Only the compiler sees whether the type is an alias of a secret type.
fn expand_plain_asserts<'m>(
    field: &'m FieldModel,
    value: &'m FieldSpecModel,
) -> impl Iterator<Item = TokenStream> + 'm {
    let visible = match &value.secrecy {
        SecrecyModel::Marked => &[][..],
        SecrecyModel::ByType { visible, .. } => visible,
    };
    visible.iter().map(|VisibleValue { at, message }| {
        let secrecy = expand_type_secrecy(&field.ty);
        quote_spanned!(at.span()=> const _: () = __p::assert_not_secret(#secrecy, #message);)
    })
}

/// Emits the check of each literal text against the type of the field, because only the compiler
/// sees this type.
fn expand_literal_asserts<'m>(
    field: &'m FieldModel,
    value: &'m FieldSpecModel,
) -> impl Iterator<Item = TokenStream> + 'm {
    value
        .literals
        .iter()
        .map(|LiteralModel { at, subject, text }| {
            let shape = expand_shape(&field.ty, value);
            let literal = expand_literal_text(&LiteralTextModel::new(text));
            quote_spanned! {at.span()=>
                const _: () = __p::assert_literal_text(#subject, #shape.kind, &#literal);
            }
        })
}

fn expand_literal_text(literal: &LiteralTextModel) -> TokenStream {
    let LiteralTextModel {
        text,
        forms,
        bytes,
        hints,
        items,
    } = literal;
    let bytes = expand_option(*bytes);
    let hints = hints.iter().map(|(form, hint)| quote!((#form, #hint)));
    let items = items.iter().map(expand_literal_text);
    quote! {
        __p::LiteralText {
            text: #text,
            forms: &[#(#forms),*],
            bytes: #bytes,
            hints: &[#(#hints),*],
            items: &[#(#items),*],
        }
    }
}

fn find_default(value: &FieldSpecModel) -> Option<&DefaultModel> {
    match &value.secrecy {
        SecrecyModel::Marked => None,
        SecrecyModel::ByType { default, .. } => default.as_ref(),
    }
}

fn expand_option<T: ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(|| quote!(__p::None), |value| quote!(__p::Some(#value)))
}

fn expand_shape(ty: &Type, value: &FieldSpecModel) -> TokenStream {
    if value.from_str {
        return from_str::expand_shape(ty);
    }
    let object = value
        .object
        .then(|| quote_spanned!(ty.span()=> .into_object()));
    quote_spanned!(ty.span()=> __p::shape!(#ty)#object)
}

fn expand_type_secrecy(ty: &Type) -> TokenStream {
    let parts = collect_type_parts(ty);
    quote_spanned!(ty.span()=> __p::secrecy!(#(#parts),*))
}

/// Returns an identifier that the user's expressions cannot refer to.
fn new_local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
