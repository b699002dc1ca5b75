//! Converts the model to the schema of the struct, a constant.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use stage_config_grammar::{snapshot, source::SEALED_KEY_FILE};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::super::attr::AssignmentKeyModel;
use super::super::format_tokens::format_tokens;
use super::super::model::{
    AssignmentModel, ComposeModel, DefaultModel, FieldContentModel, FieldModel, FieldSpecModel,
    SecrecyModel, SnapshotModel, SourcesModel, StructKind, StructModel,
};
use super::super::sealed::SealedFileModel;
use super::super::snapshot::SnapshotFileModel;
use super::{expand_option, expand_shape, expand_type_secrecy, find_default};

pub(super) fn expand_schema(model: &StructModel) -> TokenStream {
    let StructModel {
        docs,
        stages,
        fallback,
        schemes,
        ..
    } = model;
    let validated = model.validate.is_some();
    let name = model.ident.unraw().to_string();
    let app = match &model.app {
        Some(app) => quote!(#app),
        None => quote!(__p::env!("CARGO_PKG_NAME")),
    };

    let kind_fields = expand_kind(&model.kind);
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

/// Emits the fields of the schema that only a root struct can set.
fn expand_kind(kind: &StructKind) -> TokenStream {
    match kind {
        StructKind::Root {
            stage_var,
            default_stage,
            preview,
            accounts,
            batch_secrets,
            templates,
            snapshot,
        } => {
            let stage_var = expand_option(stage_var.as_ref());
            let default_stage = expand_option(default_stage.as_ref());
            let preview = expand_option(preview.as_ref().map(|patterns| quote!(&[#(#patterns),*])));
            let accounts = accounts
                .iter()
                .map(|(stage, account)| quote!((#stage, #account)));
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

fn expand_snapshot(
    SnapshotModel {
        path,
        max_age_ms,
        refreshed,
        files,
    }: &SnapshotModel,
) -> TokenStream {
    let max_age_ms = expand_option(max_age_ms.as_ref());
    let files = files.iter().map(|SnapshotFileModel { stage, with_key }| {
        let key = expand_option(
            with_key.then(|| expand_include(&format!("sealed/{stage}/{SEALED_KEY_FILE}"))),
        );
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

/// Emits the `include_str!` of a file, given by its path relative to the package's root.
fn expand_include(path: &str) -> TokenStream {
    let path = format!("/{path}");
    quote!(__p::include_str!(
        __p::concat!(__p::env!("CARGO_MANIFEST_DIR"), #path)
    ))
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
    let FieldModel {
        name,
        level,
        docs,
        ty,
        content,
        ..
    } = field;
    let content = match content {
        FieldContentModel::Nested(templates) => {
            let templates = templates.iter().map(expand_assignment);
            quote_spanned! {ty.span()=>
                __p::FieldContent::Nested {
                    schema: <#ty as __p::NestedConfig>::SCHEMA,
                    optional: <#ty as __p::NestedConfig>::OPTIONAL,
                    templates: &[#(#templates),*],
                }
            }
        }
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
    let FieldSpecModel {
        secrecy,
        no_fallback,
        validate,
        with,
        refresh_ms,
        compose,
        assignments,
        ..
    } = value;
    let secrecy_of_value = match secrecy {
        SecrecyModel::Marked => quote!(__p::Secrecy::Yes),
        SecrecyModel::ByType { plain: true, .. } => quote!(__p::Secrecy::No),
        SecrecyModel::ByType { plain: false, .. } => expand_type_secrecy(ty),
    };

    let default = expand_option(find_default(value).map(|default| match default {
        _ if value.hides_default => quote!(__p::DefaultSpec::Code("…")),
        DefaultModel::OfType => quote!(__p::DefaultSpec::Code("Default::default()")),
        DefaultModel::Expression { text, .. } => quote!(__p::DefaultSpec::Code(#text)),
        DefaultModel::Text(text) => {
            let text = text.value();
            quote!(__p::DefaultSpec::Text(#text))
        }
    }));

    let (validated, with) = (validate.is_some(), with.is_some());
    let refresh_ms = expand_option(refresh_ms.as_ref());
    let compose = expand_option(compose.as_ref().map(|ComposeModel { template, parts }| {
        let template = template.value();
        quote!(__p::ComposeSpec { template: #template, parts: &[#(#parts),*] })
    }));
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
            compose: #compose,
            assignments: &[#(#assignments),*],
        })
    }
}
