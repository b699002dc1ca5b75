//! Attributes → model. What a [`Model`] can hold is legal, so that whoever expands it asks nothing.

mod complete;
mod declared;
mod field;
mod options;
mod scope;
mod sealed;
mod snapshot;
mod stages;

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, Path, Type, parse_quote};

pub(super) use self::field::argument_of;
use self::scope::Scope;
pub(super) use self::snapshot::Snapshot;
use super::attr::{Input, StageName};
use super::report::Report;
use super::sealed::SealedFile;

/// A struct that can be loaded.
pub(super) struct Model {
    pub(super) ident: Ident,
    /// Where `stage_config` is.
    pub(super) krate: Path,
    pub(super) docs: String,
    pub(super) app: Option<String>,
    pub(super) schemes: Vec<String>,
    pub(super) kind: Kind,
    pub(super) stages: Vec<String>,
    pub(super) fallback: bool,
    pub(super) fields: Vec<Field>,
    pub(super) skipped: Vec<(Ident, Type)>,
    /// The files to embed.
    pub(super) sealed: Vec<SealedFile>,
    pub(super) validate: Option<Path>,
}

/// What only one that is loaded by itself has, or that it takes this from its parent.
pub(super) enum Kind {
    Root {
        stage_var: Option<String>,
        default_stage: Option<String>,
        preview: Option<Vec<String>>,
        accounts: Vec<(String, String)>,
        batch_secrets: bool,
        templates: Vec<Assignment>,
        snapshot: Option<Snapshot>,
    },
    Inherit,
}

/// A `#[stage(KEY = …)]`.
pub(super) struct Assignment {
    pub(super) key: StageName,
    pub(super) sources: Sources,
}

pub(super) enum Sources {
    Template,
    Chain(Vec<String>),
}

/// A field that is not skipped.
pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) level: String,
    pub(super) docs: String,
    pub(super) ty: Type,
    pub(super) content: Content,
}

pub(super) enum Content {
    Nested,
    Value(Box<Value>),
}

/// A field with sources.
pub(super) struct Value {
    pub(super) secrecy: Secrecy,
    pub(super) no_fallback: bool,
    pub(super) validate: Option<Path>,
    pub(super) with: Option<Path>,
    /// The type is read from a JSON object.
    pub(super) object: bool,
    pub(super) refresh_ms: Option<u64>,
    pub(super) assignments: Vec<Assignment>,
}

/// A field that is marked as secret has no default, and none of its sources shows it. Of any other only the compiler
/// knows, which sees through aliases: it is asked for each place that shows the value.
pub(super) enum Secrecy {
    Marked,
    ByType {
        /// `plain`: a type of the program's own holds no secret.
        plain: bool,
        default: Option<Default>,
        shown: Vec<Shown>,
    },
}

/// The value where nothing is found.
pub(super) enum Default {
    /// The type's own.
    OfType,
    /// This one, and how it is written.
    Is { expr: Box<Expr>, text: String },
}

/// A place that shows the value, and what to say if that is a secret.
pub(super) struct Shown {
    pub(super) at: TokenStream,
    pub(super) message: String,
}

impl Model {
    /// A model of a struct without mistakes. With mistakes, which then stand in the report, it is of no use.
    pub(super) fn new(input: &Input, report: &mut Report) -> Self {
        let scope = Scope::new(input, report);
        let (kind, taken) = stages::kind(input, &scope, report);
        let mut skipped = Vec::new();
        let mut fields = Vec::new();
        for (field, taken) in input.fields.iter().zip(&taken) {
            match &field.options.skip {
                Some(skip) => {
                    field::check_skipped(field, &skip.key, report);
                    skipped.push((field.ident.clone(), field.ty.clone()));
                }
                None => fields.push(field::field(field, taken, &scope, report)),
            }
        }
        complete::check(input, &scope.declared, report);
        let sealed = sealed::files(input, &scope, report);
        Self {
            ident: input.ident.clone(),
            krate: input
                .options
                .krate
                .as_ref()
                .map_or_else(|| parse_quote!(::stage_config), |given| given.value.clone()),
            docs: input.docs.clone(),
            app: scope.own_app,
            schemes: scope.schemes,
            kind,
            stages: scope.declared.stages,
            fallback: scope.declared.fallback,
            fields,
            skipped,
            sealed,
            validate: input.options.validate.as_ref().map(|given| given.value.clone()),
        }
    }

    /// A struct of which nothing is known.
    pub(super) fn empty(ident: Ident, krate: Option<Path>) -> Self {
        Self {
            ident,
            krate: krate_or_default(krate),
            docs: String::new(),
            app: None,
            schemes: Vec::new(),
            kind: Kind::Inherit,
            stages: Vec::new(),
            fallback: false,
            fields: Vec::new(),
            skipped: Vec::new(),
            sealed: Vec::new(),
            validate: None,
        }
    }

    /// The fields that are no nested structs.
    pub(super) fn values(&self) -> impl Iterator<Item = (&Field, &Value)> {
        self.fields.iter().filter_map(|field| match &field.content {
            Content::Value(value) => Some((field, &**value)),
            Content::Nested => None,
        })
    }
}

fn krate_or_default(krate: Option<Path>) -> Path {
    krate.unwrap_or_else(|| parse_quote!(::stage_config))
}
