//! Model → tokens: one constant, one call a field, and the assertions that only the compiler can decide.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use stage_config_grammar::{snapshot, source::SEALED_KEY_FILE};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Path, Type};

use super::attr::StageName;
use super::link;
use super::model::{
    Assignment, Content, Default, Field, Kind, Model, Secrecy, Shown, Snapshot, Sources, Value, argument_of,
};
use super::sealed::SealedFile;
use super::snapshot::SnapshotFile;
use super::type_parts::type_parts;
use super::written::written;

/// ```text
/// const _: () = {
///     use ::stage_config::__private as __p;
///     impl __p::Section for Config { const SECTION: __p::Schema = …; fn build(…) { one call a field } }
///     impl __p::StageConfig for Config { … }      // not for `inherit`
///     const _: () = __p::assert_…;                // one for each question to the compiler
/// };
/// ```
///
/// `hash` tells the struct from all others; see [`link`].
pub(super) fn tokens(model: &Model, hash: u64) -> TokenStream {
    // The blanket trait behind `Probe`; what `Probe` has of its own for a type wins over it.
    let unknown = model.values().next().map(|_| {
        quote!(
            use __p::Unknown as _;
        )
    });
    let root = matches!(model.kind, Kind::Root { .. }).then(|| root(model, &link::record(&model.ident, hash)));
    let shown = model.values().flat_map(|(field, value)| assert_plain(field, value));
    impls(model, &build(model), &quote!(#unknown #root #(#shown)*))
}

/// The frame, with everything beside `Section` in `others`.
pub(super) fn impls(model: &Model, build: &TokenStream, others: &TokenStream) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let schema = schema(model);
    quote! {
        const _: () = {
            use #krate::__private as __p;

            #[automatically_derived]
            impl __p::Section for #ident {
                const SECTION: __p::Schema = #schema;
                #build
            }

            #others
        };
    }
}

fn schema(model: &Model) -> TokenStream {
    let Model { docs, stages, fallback, schemes, .. } = model;
    let validated = model.validate.is_some();
    let name = model.ident.unraw().to_string();
    let app = match &model.app {
        Some(app) => quote!(#app),
        None => quote!(__p::env!("CARGO_PKG_NAME")),
    };
    let of_kind = match &model.kind {
        Kind::Root { stage_var, default_stage, preview, accounts, batch_secrets, templates, snapshot } => {
            let stage_var = option(stage_var.as_ref());
            let default_stage = option(default_stage.as_ref());
            let preview = option(preview.as_ref().map(|patterns| quote!(&[#(#patterns),*])));
            let accounts = accounts.iter().map(|(stage, account)| quote!((#stage, #account)));
            let templates = templates.iter().map(assignment);
            let snapshot = option(snapshot.as_ref().map(tokens_of_snapshot));
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
        Kind::Inherit => quote! {
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
    let fields = model.fields.iter().map(field);
    let sealed = model.sealed.iter().map(sealed_file);
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
            #of_kind
            fields: &[#(#fields),*],
            sealed: &[#(#sealed),*],
        }
    }
}

/// The compiler reads the file, and builds anew when it changes.
fn sealed_file(SealedFile { stage, name }: &SealedFile) -> TokenStream {
    let text = embedded(&format!("sealed/{stage}/{name}"));
    quote! {
        __p::SealedFile {
            stage: #stage,
            name: #name,
            text: #text,
        }
    }
}

fn tokens_of_snapshot(Snapshot { path, max_age_ms, refreshed, files }: &Snapshot) -> TokenStream {
    let max_age_ms = option(max_age_ms.as_ref());
    let files = files.iter().map(|SnapshotFile { stage, with_key }| {
        let key = option(with_key.then(|| embedded(&format!("sealed/{stage}/{SEALED_KEY_FILE}"))));
        let text = embedded(&snapshot::path(path, stage));
        quote!(__p::SnapshotFile { stage: #stage, key: #key, text: #text })
    });
    quote! {
        __p::Snapshot {
            path: #path,
            max_age_ms: #max_age_ms,
            refreshed: #refreshed,
            files: &[#(#files),*],
        }
    }
}

/// The text of a file, by its path from the package's root.
fn embedded(path: &str) -> TokenStream {
    let path = format!("/{path}");
    quote!(__p::include_str!(__p::concat!(__p::env!("CARGO_MANIFEST_DIR"), #path)))
}

fn assignment(assignment: &Assignment) -> TokenStream {
    let key = match &assignment.key {
        StageName::Stage(name) => quote!(__p::Key::Stage(#name)),
        StageName::Fallback => quote!(__p::Key::Fallback),
        StageName::All => quote!(__p::Key::All),
    };
    let sources = match &assignment.sources {
        Sources::Template => quote!(__p::Sources::Template),
        Sources::Chain(texts) => quote!(__p::Sources::Chain(&[#(#texts),*])),
    };
    quote!(__p::Assignment { key: #key, sources: #sources })
}

fn field(field: &Field) -> TokenStream {
    let Field { name, level, docs, ty, content, .. } = field;
    let content = match content {
        Content::Nested => quote_spanned! {ty.span()=>
            __p::Content::Nested {
                schema: <#ty as __p::Nested>::SCHEMA,
                optional: <#ty as __p::Nested>::OPTIONAL,
            }
        },
        Content::Value(value) => value_content(field, value),
    };
    quote! {
        __p::Field { name: #name, level: #level, docs: #docs, content: #content }
    }
}

fn value_content(field: &Field, value: &Value) -> TokenStream {
    let ty = &field.ty;
    let shape = shape(ty, value);
    let type_name = written(ty);
    let Value { secrecy, no_fallback, validate, with, refresh_ms, assignments, .. } = value;
    let secrecy_of_value = match secrecy {
        Secrecy::Marked => quote!(__p::Secrecy::Yes),
        Secrecy::ByType { plain: true, .. } => quote!(__p::Secrecy::No),
        Secrecy::ByType { plain: false, .. } => secrecy_of_type(ty),
    };
    let default = option(match secrecy {
        Secrecy::Marked | Secrecy::ByType { default: None, .. } => None,
        Secrecy::ByType { default: Some(Default::OfType), .. } => Some("Default::default()"),
        Secrecy::ByType { default: Some(Default::Is { text, .. }), .. } => Some(text),
    });
    let (validated, with) = (validate.is_some(), with.is_some());
    let refresh_ms = option(refresh_ms.as_ref());
    let assignments = assignments.iter().map(assignment);
    quote! {
        __p::Content::Value(__p::Value {
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

fn shape(ty: &Type, value: &Value) -> TokenStream {
    let object = value.object.then(|| quote_spanned!(ty.span()=> .object()));
    quote_spanned!(ty.span()=> __p::shape!(#ty)#object)
}

fn secrecy_of_type(ty: &Type) -> TokenStream {
    let parts = type_parts(ty);
    quote_spanned!(ty.span()=> __p::secrecy!(#(#parts),*))
}

/// All calls are made before the first `?`, so that every failure is gathered.
fn build(model: &Model) -> TokenStream {
    let values = local("__values");
    let locals: Vec<_> = (0..model.fields.len()).map(|index| local(&format!("__f{index}"))).collect();
    let calls = model.fields.iter().enumerate().map(|(index, field)| call(&values, index, field));
    let idents = model.fields.iter().map(|field| &field.ident);
    let skipped = model.skipped.iter().map(|(ident, ty)| quote!(#ident: <#ty as __p::Default>::default()));
    let validate = validate(&quote!(Self), model.validate.as_ref());
    quote! {
        fn build(#values: &mut __p::Values<'_>) -> __p::Option<Self> {
            #(let #locals = #calls;)*
            #values.finish(Self { #(#idents: #locals?,)* #(#skipped,)* }, #validate)
        }
    }
}

fn call(values: &Ident, index: usize, field: &Field) -> TokenStream {
    let ty = &field.ty;
    let index = Literal::usize_unsuffixed(index);
    let value = match &field.content {
        Content::Nested => return quote_spanned!(ty.span()=> <#ty as __p::Nested>::nested(#values, #index)),
        Content::Value(value) => value,
    };
    let decode = match &value.with {
        Some(module) => {
            let stored = local("__stored");
            quote_spanned!(module.span()=> |#stored| #module::deserialize(#stored))
        }
        None if value.object => {
            let (stored, shape, decode) = (local("__stored"), shape(ty, value), decode(ty));
            quote_spanned!(ty.span()=> |#stored| __p::object(#stored, #shape, #decode))
        }
        None => decode(ty),
    };
    let make = match &value.secrecy {
        Secrecy::ByType { default: Some(Default::OfType), .. } => Some(quote!(<#ty as __p::Default>::default)),
        Secrecy::ByType { default: Some(Default::Is { expr, .. }), .. } => Some(quote!(|| #expr)),
        _ => None,
    };
    let default = match make {
        Some(make) => quote!(__p::Some(__p::Otherwise { make: #make, show: __p::Probe::<#ty>::show })),
        // A module of serde's form knows no `Option`: what is not found never reaches it. The type may be an alias of one.
        None if value.with.is_some() => quote!(__p::Probe::<#ty>::NONE.map(__p::Otherwise::nothing)),
        None => quote!(__p::None),
    };
    let validate = validate(ty, value.validate.as_ref());
    quote!(#values.field::<#ty>(#index, #decode, #default, #validate))
}

/// A secret is read inside its box, since `secrecy` itself reads no type that is not `Clone`.
fn decode(ty: &Type) -> TokenStream {
    let stored = local("__stored");
    let optional = argument_of(ty, "Option");
    match (argument_of(optional.unwrap_or(ty), "SecretBox"), optional) {
        (Some(inner), _) if is_unsized(inner) => quote_spanned!(ty.span()=> __p::Probe::<#ty>::decode),
        (Some(inner), None) => {
            quote_spanned!(ty.span()=> |#stored| __p::secret(#stored, __p::Probe::<#inner>::decode_boxed))
        }
        (Some(inner), Some(_)) => {
            quote_spanned!(ty.span()=> |#stored| __p::optional_secret(#stored, __p::Probe::<#inner>::decode_boxed))
        }
        (None, _) => quote_spanned!(ty.span()=> __p::Probe::<#ty>::decode),
    }
}

/// What a `SecretString` and a `SecretSlice` hold.
fn is_unsized(ty: &Type) -> bool {
    matches!(ty, Type::Slice(_)) || matches!(ty, Type::Path(path) if path.path.is_ident("str"))
}

/// Typed before it is wrapped, so that a function of another type is blamed alone.
fn validate(ty: &impl ToTokens, path: Option<&Path>) -> TokenStream {
    let validate = local("__validate");
    option(path.map(|path| quote!({ let #validate: __p::Validate<#ty> = #path; #validate })))
}

/// What makes a struct loadable by itself, and holds the nested ones to its stages. `record` is its manifest.
pub(super) fn root(model: &Model, record: &TokenStream) -> TokenStream {
    let Model { ident, krate, fields, .. } = model;
    let nested = fields.iter().enumerate().filter(|(_, field)| matches!(field.content, Content::Nested));
    let asserts = nested.map(|(index, field)| {
        let index = Literal::usize_unsuffixed(index);
        quote_spanned! {field.ty.span()=>
            const _: () = __p::assert_nested(&<#ident as __p::Section>::SECTION, #index);
        }
    });
    quote! {
        #[automatically_derived]
        impl #krate::StageConfig for #ident {
            fn __cell() -> &'static __p::Cell<Self> {
                static CELL: __p::Cell<#ident> = __p::Cell::new();
                &CELL
            }

            fn __manifest() -> &'static [__p::u8] {
                #record
            }
        }
        #(#asserts)*
    }
}

/// The type may be a secret by an alias, which only the compiler sees.
fn assert_plain<'m>(field: &'m Field, value: &'m Value) -> impl Iterator<Item = TokenStream> + 'm {
    let shown = match &value.secrecy {
        Secrecy::Marked => &[][..],
        Secrecy::ByType { shown, .. } => shown,
    };
    shown.iter().map(|Shown { at, message }| {
        let secrecy = secrecy_of_type(&field.ty);
        quote_spanned!(at.span()=> const _: () = __p::assert_plain(#secrecy, #message);)
    })
}

/// A name that no expression of the user's can see.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

fn option<T: ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(|| quote!(__p::None), |value| quote!(__p::Some(#value)))
}
