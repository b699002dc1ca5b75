//! Parses tokens into attributes, each key with its span. The model checks the texts in them.

mod assignment_key;
mod lints;
mod options;
mod source_text;
mod stage;

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Fields, FieldsNamed, Lit, Meta, Path,
    Token, Type,
};

pub(super) use self::assignment_key::{AssignmentKeyInput, AssignmentKeyModel};
pub(super) use self::lints::read_allowed_lints;
pub(super) use self::options::{AccountEntry, FieldOptions, KeyedValue, OptionKey, StructOptions};
pub(super) use self::source_text::SourceText;
pub(super) use self::stage::{AssignmentInput, SourcesInput};
use super::diagnostics::Diagnostics;

/// A struct as written.
pub(super) struct StructInput {
    pub(super) ident: Ident,
    pub(super) docs: String,
    pub(super) allowed_lints: Vec<Path>,
    pub(super) stages: StageAttributes,
    pub(super) options: StructOptions,
    pub(super) fields: Vec<FieldInput>,
    pub(super) cargo: CargoInput,
}

/// The files and tables of `Cargo.toml` that `#[config(workspace)]` has read.
#[derive(Default)]
pub(super) struct CargoInput {
    /// The paths of the files.
    pub(super) files: Vec<String>,
    /// The stages, each with a table of `Cargo.toml` that defines it. If several tables define the
    /// stage, this is the one with the highest priority.
    pub(super) stages: Vec<(String, String)>,
    /// How to add a stage to `Cargo.toml`. Empty without `workspace`.
    pub(super) add_help: String,
}

/// A field as written.
pub(super) struct FieldInput {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) docs: String,
    pub(super) stages: StageAttributes,
    pub(super) options: FieldOptions,
}

/// All `#[stage(…)]` attributes of one struct or field.
#[derive(Default)]
pub(super) struct StageAttributes {
    pub(super) assignments: Vec<AssignmentInput>,
    /// Set if an entry, or `Cargo.toml`, could not be read. Then a missing key is not reported.
    pub(super) is_broken: bool,
}

impl StageAttributes {
    pub(super) fn iter_keys(&self) -> impl Iterator<Item = &AssignmentKeyInput> {
        self.assignments.iter().map(|assignment| &assignment.key)
    }
}

/// Returns the fields of the struct, or an error if the derive does not support the struct.
pub(super) fn require_named_fields(input: &DeriveInput) -> syn::Result<&FieldsNamed> {
    let unsupported_error = |form: &str| {
        Error::new_spanned(
            &input.ident,
            format!(
                "`StageConfig` supports only structs with named fields: `{}` is {form}",
                input.ident
            ),
        )
    };

    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            format!(
                "`StageConfig` supports only structs without generic parameters: remove the \
                 parameters of `{}`",
                input.ident
            ),
        ));
    }

    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields),
            Fields::Unnamed(_) => Err(unsupported_error("a tuple struct")),
            Fields::Unit => Err(unsupported_error("a struct without fields")),
        },
        Data::Enum(_) => Err(unsupported_error("an enum")),
        Data::Union(_) => Err(unsupported_error("a union")),
    }
}

impl StructInput {
    pub(super) fn read(
        input: &DeriveInput,
        fields: &FieldsNamed,
        report: &mut Diagnostics,
    ) -> Self {
        Self {
            ident: input.ident.clone(),
            docs: read_docs(&input.attrs),
            allowed_lints: read_allowed_lints(input),
            stages: stage::read_stages(&input.attrs, report),
            options: options::read_struct(&input.attrs, report),
            fields: fields
                .named
                .iter()
                .filter_map(|field| FieldInput::read(field, report))
                .collect(),
            cargo: CargoInput::default(),
        }
    }

    /// Returns whether undeclared stages have sources: a key is `fallback`, or the struct has
    /// `preview` and a key is `all`.
    pub(super) fn names_fallback(&self) -> bool {
        let names = |name: AssignmentKeyModel| self.iter_keys().any(|key| key.name == name);
        names(AssignmentKeyModel::Fallback)
            || self.options.preview.is_some() && names(AssignmentKeyModel::All)
    }

    /// Returns the keys of the struct, then those of its fields.
    pub(super) fn iter_keys(&self) -> impl Iterator<Item = &AssignmentKeyInput> {
        self.stages.iter_keys().chain(
            self.fields
                .iter()
                .flat_map(|field| field.stages.iter_keys()),
        )
    }
}

impl FieldInput {
    fn read(field: &syn::Field, report: &mut Diagnostics) -> Option<Self> {
        Some(Self {
            ident: field.ident.clone()?,
            ty: field.ty.clone(),
            docs: read_docs(&field.attrs),
            stages: stage::read_stages(&field.attrs, report),
            options: options::read_field(&field.attrs, report),
        })
    }

    /// Returns the name without `r#`.
    pub(super) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

/// Returns the lines of the documentation, each without the space after `///`.
fn read_docs(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<_> = lines
        .map(|line| {
            line.strip_prefix(' ')
                .unwrap_or(&line)
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n").trim().to_owned()
}

/// Reads the entries between the parentheses of every `#[name(…)]`, and continues after an entry
/// that cannot be read. Returns whether all entries could be read.
fn read_entries(
    attrs: &[Attribute],
    name: &str,
    example: &str,
    report: &mut Diagnostics,
    mut entry: impl FnMut(ParseStream<'_>, &mut Diagnostics) -> syn::Result<()>,
) -> bool {
    let before = report.count();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = entry(input, report) {
                    report.push(error);
                    skip_entry(input)?;
                }
                if input.peek(Token![,]) {
                    input.parse::<Token![,]>()?;
                } else if !input.is_empty() {
                    // Continue as if the comma were present, since the next entry may be correct.
                    report.push(input.error("expected `,` between two entries"));
                }
            }
            Ok(())
        };
        let written = match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => list.parse_args_with(read),
            meta => Err(Error::new_spanned(
                meta,
                format!("write the entries of `{name}` between parentheses, as in `{example}`"),
            )),
        };
        if let Err(error) = written {
            report.push(error);
        }
    }

    report.count() == before
}

/// Skips the rest of an entry, up to its comma.
fn skip_entry(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        // An expression may contain commas, as in `a::<B, C>()`.
        let ahead = input.fork();
        if ahead.parse::<Expr>().is_ok() {
            input.parse::<Expr>()?;
        }
    }
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// Returns the path in `#[config(crate = …)]`, if there is one, for a struct with mistakes. At
/// least one of the mistakes has already been reported, so the report of this call is ignored.
pub(super) fn read_crate_path(attrs: &[Attribute]) -> Option<Path> {
    let mut report = Diagnostics::default();
    let options = options::read_struct(attrs, &mut report);
    let _ = report.finish();
    options.krate.map(|option| option.value)
}
