//! Converts attributes to a model. If no mistake is reported, the [`StructModel`] is valid, so the
//! expansion checks nothing.

mod completeness;
mod composed;
mod declared_stages;
mod field;
mod literals;
mod nested_templates;
mod nested_type;
mod root_options;
mod scope;
mod sealed_files;
mod secrecy;
mod snapshot;
mod templates;

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, LitStr, Path, Type, parse_quote};

use self::scope::StructScope;
pub(super) use self::scope::check_level;
pub(super) use self::snapshot::SnapshotModel;
use super::attr::{AssignmentKeyModel, StructInput};
use super::diagnostics::Diagnostics;
use super::sealed::SealedFileModel;

/// A struct that can be expanded.
pub(super) struct StructModel {
    pub(super) ident: Ident,
    /// The path of `stage_config`.
    pub(super) krate: Path,
    pub(super) docs: String,
    /// The lints that the generated code allows.
    pub(super) allowed_lints: Vec<Path>,
    pub(super) app: Option<String>,
    pub(super) schemes: Vec<String>,
    pub(super) kind: StructKind,
    pub(super) stages: Vec<String>,
    pub(super) fallback: bool,
    pub(super) fields: Vec<FieldModel>,
    /// The positions of the composed fields in `fields`, each after the composed fields that its
    /// template names.
    pub(super) composed: Vec<usize>,
    pub(super) skipped: Vec<(Ident, Type)>,
    /// The sealed files to embed.
    pub(super) sealed: Vec<SealedFileModel>,
    pub(super) validate: Option<Path>,
    /// The paths of the `Cargo.toml` files from which the struct takes its stages.
    pub(super) cargo_files: Vec<String>,
}

/// The options that only a root has. A struct that inherits takes them from its root.
pub(super) enum StructKind {
    Root {
        stage_var: Option<String>,
        default_stage: Option<String>,
        preview: Option<Vec<String>>,
        accounts: Vec<(String, String)>,
        batch_secrets: bool,
        templates: Vec<AssignmentModel>,
        snapshot: Option<SnapshotModel>,
    },
    Inherit,
}

/// An assignment of a `#[stage(KEY = …)]`.
pub(super) struct AssignmentModel {
    pub(super) key: AssignmentKeyModel,
    pub(super) sources: SourcesModel,
}

pub(super) enum SourcesModel {
    Template,
    Chain(Vec<String>),
}

/// A field that is not skipped.
pub(super) struct FieldModel {
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) level: String,
    pub(super) docs: String,
    pub(super) ty: Type,
    pub(super) content: FieldContentModel,
}

pub(super) enum FieldContentModel {
    /// A nested struct, and the field's own templates.
    Nested(Vec<AssignmentModel>),
    Value(Box<FieldSpecModel>),
}

/// A field that is not a nested struct.
pub(super) struct FieldSpecModel {
    pub(super) secrecy: SecrecyModel,
    pub(super) no_fallback: bool,
    pub(super) validate: Option<Path>,
    pub(super) with: Option<Path>,
    /// Whether the type is read from a JSON object.
    pub(super) object: bool,
    /// Whether the type's `FromStr` reads the text.
    pub(super) from_str: bool,
    /// Whether one of the sources is made for secrets, so that the schema hides the default's text.
    pub(super) hides_default: bool,
    /// Whether one of the sources names all parameters below a path, so that the type must be a
    /// map.
    pub(super) reads_path: bool,
    pub(super) refresh_ms: Option<u64>,
    pub(super) compose: Option<ComposeModel>,
    pub(super) assignments: Vec<AssignmentModel>,
    /// The texts that the compiler checks against the type. There are none for a field with `with`
    /// or `from_str`, because only the program knows which texts such a field accepts.
    pub(super) literals: Vec<LiteralModel>,
}

/// A possible value of a field that the source code contains as text: the text of a `value:` source
/// or of a default. `subject` is its name in messages.
pub(super) struct LiteralModel {
    pub(super) at: TokenStream,
    pub(super) subject: String,
    pub(super) text: String,
}

/// The template of a composed field, which the compiler checks against the parts.
pub(super) struct ComposeModel {
    pub(super) template: LitStr,
    /// The fields that the template names, each once.
    pub(super) parts: Vec<String>,
}

/// The secrecy of a field. A field that is marked as secret has no default, and none of its sources
/// makes the value visible. For any other field only the compiler knows the secrecy, because it
/// resolves aliases. The compiler also checks each source and option that makes the value visible.
pub(super) enum SecrecyModel {
    Marked,
    ByType {
        /// Set by `plain`: the program's own type holds no secret.
        plain: bool,
        default: Option<DefaultModel>,
        visible: Vec<VisibleValue>,
    },
}

/// The default of a field.
pub(super) enum DefaultModel {
    /// The `Default` of the type.
    OfType,
    /// An expression, and its text.
    Expression { expr: Box<Expr>, text: String },
    /// A string literal, which is decoded like a stored text.
    Text(LitStr),
}

/// A source or option that makes the value visible, and the message if the value is a secret.
pub(super) struct VisibleValue {
    pub(super) at: TokenStream,
    pub(super) message: String,
}

impl StructModel {
    /// Builds the model. If there are mistakes, they are in the report, and the model must not be
    /// used.
    pub(super) fn new(input: &StructInput, report: &mut Diagnostics) -> Self {
        let scope = StructScope::new(input, report);
        let (kind, candidates) = templates::build_kind(input, &scope, report);
        let mut skipped = Vec::new();
        let mut fields = Vec::new();
        for (field, own_candidates) in input.fields.iter().zip(&candidates) {
            match &field.options.skip {
                Some(skip) => {
                    field::check_skipped(field, &skip.key, report);
                    skipped.push((field.ident.clone(), field.ty.clone()));
                }
                None => fields.push(field::build_field(field, own_candidates, &scope, report)),
            }
        }

        completeness::check(input, &scope.declared, report);
        let composed = composed::sort_fields(&fields, report);
        let sealed = sealed_files::collect_files(input, &scope, report);
        Self {
            ident: input.ident.clone(),
            krate: input.options.krate.as_ref().map_or_else(
                || parse_quote!(::stage_config),
                |option| option.value.clone(),
            ),
            docs: input.docs.clone(),
            allowed_lints: input.allowed_lints.clone(),
            app: scope.own_app,
            schemes: scope.schemes,
            kind,
            stages: scope.declared.stages,
            fallback: scope.declared.fallback,
            fields,
            composed,
            skipped,
            sealed,
            validate: input
                .options
                .validate
                .as_ref()
                .map(|option| option.value.clone()),
            cargo_files: input.cargo.files.clone(),
        }
    }

    /// Returns a model without fields, for the impls of a struct that has mistakes.
    pub(super) fn empty(ident: Ident, krate: Option<Path>, allowed_lints: Vec<Path>) -> Self {
        Self {
            ident,
            krate: krate_or_default(krate),
            docs: String::new(),
            allowed_lints,
            app: None,
            schemes: Vec::new(),
            kind: StructKind::Inherit,
            stages: Vec::new(),
            fallback: false,
            fields: Vec::new(),
            composed: Vec::new(),
            skipped: Vec::new(),
            sealed: Vec::new(),
            validate: None,
            cargo_files: Vec::new(),
        }
    }

    /// Returns the fields that are not nested structs.
    pub(super) fn value_fields(&self) -> impl Iterator<Item = (&FieldModel, &FieldSpecModel)> {
        self.fields.iter().filter_map(|field| match &field.content {
            FieldContentModel::Value(value) => Some((field, &**value)),
            FieldContentModel::Nested(_) => None,
        })
    }
}

fn krate_or_default(krate: Option<Path>) -> Path {
    krate.unwrap_or_else(|| parse_quote!(::stage_config))
}
