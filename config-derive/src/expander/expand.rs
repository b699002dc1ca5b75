//! Converts the model to tokens: one constant, one call for each field, and the assertions that
//! only the compiler can decide.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use stage_config_grammar::{snapshot, source::SEALED_KEY_FILE};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Path, Type};

use super::attr::AssignmentKeyModel;
use super::format_tokens::format_tokens;
use super::link_section;
use super::model::{
    AssignmentModel, DefaultModel, FieldContentModel, FieldModel, FieldSpecModel, SecrecyModel, SnapshotModel,
    SourcesModel, StructKind, StructModel, VisibleValue, find_type_argument,
};
use super::sealed::SealedFileModel;
use super::snapshot::SnapshotFileModel;
use super::type_parts::collect_type_parts;

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
/// `hash` distinguishes the struct from all others; see [`link_section`].
pub(super) fn expand_struct(model: &StructModel, hash: u64) -> TokenStream {
    // The blanket trait of `Probe`. Inherent items of `Probe` for a type take precedence.
    let unknown = model.value_fields().next().map(|_| {
        quote!(
            use __p::UnknownType as _;
        )
    });
    let root = matches!(model.kind, StructKind::Root { .. })
        .then(|| expand_root(model, &link_section::expand_record(&model.ident, hash)));
    let visible = model.value_fields().flat_map(|(field, value)| expand_plain_asserts(field, value));
    expand_impls(model, &expand_build(model), &quote!(#unknown #root #(#visible)*))
}

/// Emits the surrounding `const _`, with everything except the impl of `ConfigStruct` in `others`.
pub(super) fn expand_impls(model: &StructModel, build: &TokenStream, others: &TokenStream) -> TokenStream {
    let StructModel { ident, krate, .. } = model;
    let schema = expand_schema(model);
    quote! {
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

fn expand_schema(model: &StructModel) -> TokenStream {
    let StructModel { docs, stages, fallback, schemes, .. } = model;
    let validated = model.validate.is_some();
    let name = model.ident.unraw().to_string();
    let app = match &model.app {
        Some(app) => quote!(#app),
        None => quote!(__p::env!("CARGO_PKG_NAME")),
    };
    let kind_fields = match &model.kind {
        StructKind::Root { stage_var, default_stage, preview, accounts, batch_secrets, templates, snapshot } => {
            let stage_var = expand_option(stage_var.as_ref());
            let default_stage = expand_option(default_stage.as_ref());
            let preview = expand_option(preview.as_ref().map(|patterns| quote!(&[#(#patterns),*])));
            let accounts = accounts.iter().map(|(stage, account)| quote!((#stage, #account)));
            let templates = templates.iter().map(expand_assignment);
            let snapshot = expand_option(snapshot.as_ref().map(expand_snapshot));
            quote! {
                stage_var: #stage_var,
                default_stage: #default_stage,
                preview: #preview,
                accounts: &[#(#accounts),*],
                batch_secrets: #batch_secrets,
                inherit: false,
                templates: &[#(#templates),*],
                snapshot: #snapshot,
            }
        }
        StructKind::Inherit => quote! {
            stage_var: __p::None,
            default_stage: __p::None,
            preview: __p::None,
            accounts: &[],
            batch_secrets: false,
            inherit: true,
            templates: &[],
            snapshot: __p::None,
        },
    };
    let fields = model.fields.iter().map(expand_field);
    let sealed = model.sealed.iter().map(expand_sealed_file);
    quote! {
        __p::Schema {
            name: #name,
            docs: #docs,
            package: __p::env!("CARGO_PKG_NAME"),
            module: __p::module_path!(),
            app: #app,
            schemes: &[#(#schemes),*],
            stages: &[#(#stages),*],
            fallback: #fallback,
            validated: #validated,
            #kind_fields
            fields: &[#(#fields),*],
            sealed: &[#(#sealed),*],
        }
    }
}

/// Emits an embedded file. The compiler recompiles the crate when the file changes.
fn expand_sealed_file(SealedFileModel { stage, name }: &SealedFileModel) -> TokenStream {
    let text = expand_include(&format!("sealed/{stage}/{name}"));
    quote! {
        __p::SealedFile {
            stage: #stage,
            name: #name,
            text: #text,
        }
    }
}

fn expand_snapshot(SnapshotModel { path, max_age_ms, refreshed, files }: &SnapshotModel) -> TokenStream {
    let max_age_ms = expand_option(max_age_ms.as_ref());
    let files = files.iter().map(|SnapshotFileModel { stage, with_key }| {
        let key = expand_option(with_key.then(|| expand_include(&format!("sealed/{stage}/{SEALED_KEY_FILE}"))));
        let text = expand_include(&snapshot::resolve_path(path, stage));
        quote!(__p::SnapshotFile { stage: #stage, key: #key, text: #text })
    });
    quote! {
        __p::SnapshotSpec {
            path: #path,
            max_age_ms: #max_age_ms,
            refreshed: #refreshed,
            files: &[#(#files),*],
        }
    }
}

/// Includes the text of a file, given by its path relative to the package's root.
fn expand_include(path: &str) -> TokenStream {
    let path = format!("/{path}");
    quote!(__p::include_str!(__p::concat!(__p::env!("CARGO_MANIFEST_DIR"), #path)))
}

fn expand_assignment(assignment: &AssignmentModel) -> TokenStream {
    let key = match &assignment.key {
        AssignmentKeyModel::Stage(name) => quote!(__p::AssignmentKey::Stage(#name)),
        AssignmentKeyModel::Fallback => quote!(__p::AssignmentKey::Fallback),
        AssignmentKeyModel::All => quote!(__p::AssignmentKey::All),
    };
    let sources = match &assignment.sources {
        SourcesModel::Template => quote!(__p::Sources::Template),
        SourcesModel::Chain(texts) => quote!(__p::Sources::Chain(&[#(#texts),*])),
    };
    quote!(__p::Assignment { key: #key, sources: #sources })
}

fn expand_field(field: &FieldModel) -> TokenStream {
    let FieldModel { name, level, docs, ty, content, .. } = field;
    let content = match content {
        FieldContentModel::Nested => quote_spanned! {ty.span()=>
            __p::FieldContent::Nested {
                schema: <#ty as __p::NestedConfig>::SCHEMA,
                optional: <#ty as __p::NestedConfig>::OPTIONAL,
            }
        },
        FieldContentModel::Value(value) => expand_value(field, value),
    };
    quote! {
        __p::Field { name: #name, level: #level, docs: #docs, content: #content }
    }
}

fn expand_value(field: &FieldModel, value: &FieldSpecModel) -> TokenStream {
    let ty = &field.ty;
    let shape = expand_shape(ty, value);
    let type_name = format_tokens(ty);
    let FieldSpecModel { secrecy, no_fallback, validate, with, refresh_ms, assignments, .. } = value;
    let secrecy_of_value = match secrecy {
        SecrecyModel::Marked => quote!(__p::Secrecy::Yes),
        SecrecyModel::ByType { plain: true, .. } => quote!(__p::Secrecy::No),
        SecrecyModel::ByType { plain: false, .. } => expand_type_secrecy(ty),
    };
    let default = expand_option(match secrecy {
        SecrecyModel::Marked | SecrecyModel::ByType { default: None, .. } => None,
        SecrecyModel::ByType { default: Some(DefaultModel::FromType), .. } => Some("Default::default()"),
        SecrecyModel::ByType { default: Some(DefaultModel::FromExpr { text, .. }), .. } => Some(text),
    });
    let (validated, with) = (validate.is_some(), with.is_some());
    let refresh_ms = expand_option(refresh_ms.as_ref());
    let assignments = assignments.iter().map(expand_assignment);
    quote! {
        __p::FieldContent::Value(__p::FieldSpec {
            shape: #shape,
            type_name: #type_name,
            secrecy: #secrecy_of_value,
            default: #default,
            no_fallback: #no_fallback,
            validated: #validated,
            with: #with,
            refresh_ms: #refresh_ms,
            assignments: &[#(#assignments),*],
        })
    }
}

fn expand_shape(ty: &Type, value: &FieldSpecModel) -> TokenStream {
    let object = value.object.then(|| quote_spanned!(ty.span()=> .into_object()));
    quote_spanned!(ty.span()=> __p::shape!(#ty)#object)
}

fn expand_type_secrecy(ty: &Type) -> TokenStream {
    let parts = collect_type_parts(ty);
    quote_spanned!(ty.span()=> __p::secrecy!(#(#parts),*))
}

/// Emits `build`. All calls come before the first `?`, so that `build` collects every failure.
fn expand_build(model: &StructModel) -> TokenStream {
    let values = new_local("__values");
    let locals: Vec<_> = (0..model.fields.len()).map(|index| new_local(&format!("__f{index}"))).collect();
    let calls = model.fields.iter().enumerate().map(|(index, field)| expand_field_call(&values, index, field));
    let idents = model.fields.iter().map(|field| &field.ident);
    let skipped = model.skipped.iter().map(|(ident, ty)| quote!(#ident: <#ty as __p::Default>::default()));
    let validate = expand_validate(&quote!(Self), model.validate.as_ref());
    quote! {
        fn build(#values: &mut __p::StructDecoder<'_>) -> __p::Option<Self> {
            #(let #locals = #calls;)*
            #values.finish(Self { #(#idents: #locals?,)* #(#skipped,)* }, #validate)
        }
    }
}

fn expand_field_call(values: &Ident, index: usize, field: &FieldModel) -> TokenStream {
    let ty = &field.ty;
    let index = Literal::usize_unsuffixed(index);
    let value = match &field.content {
        FieldContentModel::Nested => {
            return quote_spanned!(ty.span()=> <#ty as __p::NestedConfig>::build_nested(#values, #index));
        }
        FieldContentModel::Value(value) => value,
    };
    let decode = match &value.with {
        Some(module) => {
            let stored = new_local("__stored");
            quote_spanned!(module.span()=> |#stored| #module::deserialize(#stored))
        }
        None if value.object => {
            let (stored, shape, decode) = (new_local("__stored"), expand_shape(ty, value), expand_decode(ty));
            quote_spanned!(ty.span()=> |#stored| __p::decode_object(#stored, #shape, #decode))
        }
        None => expand_decode(ty),
    };
    let make = match &value.secrecy {
        SecrecyModel::ByType { default: Some(DefaultModel::FromType), .. } => {
            Some(quote!(<#ty as __p::Default>::default))
        }
        SecrecyModel::ByType { default: Some(DefaultModel::FromExpr { expr, .. }), .. } => Some(quote!(|| #expr)),
        _ => None,
    };
    let default = match make {
        Some(make) => quote!(__p::Some(__p::FieldDefault { make: #make, show: __p::Probe::<#ty>::serialize_default })),
        // A serde-style module does not handle an `Option`, so a missing value never reaches it.
        // The type may be an alias of an `Option`.
        None if value.with.is_some() => quote!(__p::Probe::<#ty>::NONE.map(__p::FieldDefault::nothing)),
        None => quote!(__p::None),
    };
    let validate = expand_validate(ty, value.validate.as_ref());
    quote!(#values.decode_field::<#ty>(#index, #decode, #default, #validate))
}

/// Emits the function that decodes a value. A secret is decoded inside its box, because `secrecy`
/// deserializes only types that are `Clone`.
fn expand_decode(ty: &Type) -> TokenStream {
    let stored = new_local("__stored");
    let optional = find_type_argument(ty, "Option");
    match (find_type_argument(optional.unwrap_or(ty), "SecretBox"), optional) {
        (Some(inner), _) if is_unsized(inner) => quote_spanned!(ty.span()=> __p::Probe::<#ty>::decode),
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
    expand_option(path.map(|path| quote!({ let #validate: __p::ValidateFn<#ty> = #path; #validate })))
}

/// Emits the impl that makes a struct loadable, and the checks of its nested structs. `record` is
/// its manifest.
pub(super) fn expand_root(model: &StructModel, record: &TokenStream) -> TokenStream {
    let StructModel { ident, krate, fields, .. } = model;
    let nested = fields.iter().enumerate().filter(|(_, field)| matches!(field.content, FieldContentModel::Nested));
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

/// Emits an assertion for each place that makes the value visible. Only the compiler sees whether
/// the type is an alias of a secret type.
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

/// Returns an identifier that the user's expressions cannot refer to.
fn new_local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

fn expand_option<T: ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(|| quote!(__p::None), |value| quote!(__p::Some(#value)))
}
