//! Parses `#[config(…)]`. One table lists the keys of a struct, another table the keys of a field.
//! The messages "expected one of" and "did you mean" use the same tables.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use stage_config_grammar::suggest::format_expected;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, LitStr, Path, Token, parenthesized};

use super::assignment_key::AssignmentKeyInput;
use super::read_entries;
use crate::expander::diagnostics::Diagnostics;

/// A key with its span.
#[derive(Clone)]
pub(in crate::expander) struct OptionKey {
    ident: Ident,
    /// The number of keys before this key on the same struct or field.
    pub(in crate::expander) order: usize,
}

/// A key with its value.
pub(in crate::expander) struct KeyedValue<T> {
    pub(in crate::expander) key: OptionKey,
    pub(in crate::expander) value: T,
}

type OptionValue<T> = Option<KeyedValue<T>>;

/// The options of a struct.
#[derive(Default)]
pub(in crate::expander) struct StructOptions {
    pub(in crate::expander) stage_var: OptionValue<LitStr>,
    pub(in crate::expander) default_stage: OptionValue<LitStr>,
    pub(in crate::expander) preview: OptionValue<Vec<LitStr>>,
    pub(in crate::expander) account: OptionValue<Vec<AccountEntry>>,
    pub(in crate::expander) rename_all: OptionValue<LitStr>,
    pub(in crate::expander) app: OptionValue<LitStr>,
    pub(in crate::expander) schemes: OptionValue<Vec<LitStr>>,
    pub(in crate::expander) secrets: OptionValue<LitStr>,
    pub(in crate::expander) krate: OptionValue<Path>,
    pub(in crate::expander) inherit: OptionValue<()>,
    pub(in crate::expander) refresh: OptionValue<LitStr>,
    pub(in crate::expander) validate: OptionValue<Path>,
    pub(in crate::expander) snapshot: OptionValue<LitStr>,
    pub(in crate::expander) snapshot_max_age: OptionValue<LitStr>,
    pub(in crate::expander) snapshot_refreshed: OptionValue<()>,
    pub(in crate::expander) workspace: OptionValue<()>,
}

/// The options of a field.
#[derive(Default)]
pub(in crate::expander) struct FieldOptions {
    pub(in crate::expander) default: OptionValue<Option<Expr>>,
    pub(in crate::expander) nested: OptionValue<Option<LitStr>>,
    pub(in crate::expander) refresh: OptionValue<LitStr>,
    pub(in crate::expander) secret: OptionValue<()>,
    pub(in crate::expander) plain: OptionValue<()>,
    pub(in crate::expander) validate: OptionValue<Path>,
    pub(in crate::expander) rename: OptionValue<LitStr>,
    pub(in crate::expander) no_fallback: OptionValue<()>,
    pub(in crate::expander) with: OptionValue<Path>,
    pub(in crate::expander) object: OptionValue<()>,
    pub(in crate::expander) from_str: OptionValue<()>,
    pub(in crate::expander) compose: OptionValue<LitStr>,
    pub(in crate::expander) skip: OptionValue<()>,
    /// All keys of the field. The checks of `nested`, `compose` and `skip` need them, because each
    /// of these options excludes several other options.
    pub(in crate::expander) keys: Vec<OptionKey>,
}

/// `prod = "111122223333"` in `account(…)`.
pub(in crate::expander) struct AccountEntry {
    pub(in crate::expander) stage: AssignmentKeyInput,
    pub(in crate::expander) number: LitStr,
}

/// One key, and the function that reads its value.
struct OptionSpec<T> {
    name: &'static str,
    /// The key with an example of its value. Empty if the key takes no value.
    form: &'static str,
    read: fn(&mut T, OptionKey, ParseStream<'_>) -> syn::Result<()>,
}

#[rustfmt::skip]
const STRUCT_OPTIONS: &[OptionSpec<StructOptions>] = &[
    OptionSpec { name: "stage_var", form: "stage_var = \"stage\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.stage_var) },
    OptionSpec { name: "default_stage", form: "default_stage = \"dev\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.default_stage) },
    OptionSpec { name: "preview", form: "preview(\"pr-*\", \"feature*\")", read: |to, key, input| key.store(parse_list(input)?, &mut to.preview) },
    OptionSpec { name: "account", form: "account(prod = \"111122223333\")", read: |to, key, input| key.store(parse_list(input)?, &mut to.account) },
    OptionSpec { name: "rename_all", form: "rename_all = \"kebab-case\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.rename_all) },
    OptionSpec { name: "app", form: "app = \"payments\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.app) },
    OptionSpec { name: "schemes", form: "schemes(\"vault\")", read: |to, key, input| key.store(parse_list(input)?, &mut to.schemes) },
    OptionSpec { name: "secrets", form: "secrets = \"batch\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.secrets) },
    OptionSpec { name: "crate", form: "crate = \"my_crate::stage_config\"", read: |to, key, input| key.store(parse_path_in_text(input)?, &mut to.krate) },
    OptionSpec { name: "inherit", form: "", read: |to, key, _| key.store((), &mut to.inherit) },
    OptionSpec { name: "refresh", form: "refresh = \"5m\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.refresh) },
    OptionSpec { name: "validate", form: "validate = path::to::function", read: |to, key, input| key.store(parse_path(input)?, &mut to.validate) },
    OptionSpec { name: "snapshot", form: "snapshot = \"sealed/{stage}.snapshot\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.snapshot) },
    OptionSpec { name: "snapshot_max_age", form: "snapshot_max_age = \"7d\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.snapshot_max_age) },
    OptionSpec { name: "snapshot_refreshed", form: "", read: |to, key, _| key.store((), &mut to.snapshot_refreshed) },
    OptionSpec { name: "workspace", form: "", read: |to, key, _| key.store((), &mut to.workspace) },
];

#[rustfmt::skip]
const FIELD_OPTIONS: &[OptionSpec<FieldOptions>] = &[
    OptionSpec { name: "default", form: "default` or `default = EXPR", read: |to, key, input| key.store(parse_optional_value(input)?, &mut to.default) },
    OptionSpec { name: "nested", form: "nested` or `nested = \"name\"", read: |to, key, input| key.store(parse_optional_value(input)?, &mut to.nested) },
    OptionSpec { name: "refresh", form: "refresh = \"5m\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.refresh) },
    OptionSpec { name: "secret", form: "", read: |to, key, _| key.store((), &mut to.secret) },
    OptionSpec { name: "plain", form: "", read: |to, key, _| key.store((), &mut to.plain) },
    OptionSpec { name: "validate", form: "validate = path::to::function", read: |to, key, input| key.store(parse_path(input)?, &mut to.validate) },
    OptionSpec { name: "rename", form: "rename = \"name\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.rename) },
    OptionSpec { name: "no_fallback", form: "", read: |to, key, _| key.store((), &mut to.no_fallback) },
    OptionSpec { name: "with", form: "with = \"path::to::module\"", read: |to, key, input| key.store(parse_path_in_text(input)?, &mut to.with) },
    OptionSpec { name: "object", form: "", read: |to, key, _| key.store((), &mut to.object) },
    OptionSpec { name: "from_str", form: "", read: |to, key, _| key.store((), &mut to.from_str) },
    OptionSpec { name: "compose", form: "compose = \"https://{host}:{port}\"", read: |to, key, input| key.store(parse_text(input)?, &mut to.compose) },
    OptionSpec { name: "skip", form: "", read: |to, key, _| key.store((), &mut to.skip) },
];

/// Returns whether a name is a key of `#[config(…)]`.
pub(super) fn is_option(name: &str) -> bool {
    has_option(name, STRUCT_OPTIONS) || has_option(name, FIELD_OPTIONS)
}

pub(super) fn read_struct(attrs: &[Attribute], report: &mut Diagnostics) -> StructOptions {
    let hint = |name: &str| {
        has_option(name, FIELD_OPTIONS).then_some("belongs on a field, not on the struct")
    };
    read_options(
        attrs,
        STRUCT_OPTIONS,
        "#[config(default_stage = \"dev\")]",
        hint,
        report,
    )
    .0
}

pub(super) fn read_field(attrs: &[Attribute], report: &mut Diagnostics) -> FieldOptions {
    let hint = |name: &str| {
        has_option(name, STRUCT_OPTIONS).then_some("belongs on the struct, not on a field")
    };
    let (options, keys) = read_options(
        attrs,
        FIELD_OPTIONS,
        "#[config(default = 30)]",
        hint,
        report,
    );
    FieldOptions { keys, ..options }
}

fn has_option<T>(name: &str, rows: &[OptionSpec<T>]) -> bool {
    rows.iter().any(|row| row.name == name)
}

fn read_options<T: Default>(
    attrs: &[Attribute],
    rows: &[OptionSpec<T>],
    example: &str,
    hint_for: impl Fn(&str) -> Option<&'static str>,
    report: &mut Diagnostics,
) -> (T, Vec<OptionKey>) {
    let mut options = T::default();
    let mut keys: Vec<OptionKey> = Vec::new();
    read_entries(attrs, "config", example, report, |input, report| {
        let key = OptionKey {
            ident: input.call(Ident::parse_any)?,
            order: keys.len(),
        };
        let name = key.name();
        let Some(row) = rows.iter().find(|row| row.name == name) else {
            let names: Vec<_> = rows.iter().map(|row| row.name).collect();
            let hint = hint_for(&name).map(|hint| format!("`{name}` {hint}"));
            let message = hint.unwrap_or_else(|| {
                format!(
                    "unknown option `{name}`; {}",
                    format_expected(&name, &names)
                )
            });
            return Err(Error::new_spanned(&key, message));
        };
        if let Some(first) = keys.iter().find(|other| other.name() == name) {
            report.error(first, format!("`{name}` is given here first"));
            return Err(Error::new_spanned(
                &key,
                format!("`{name}` is given twice: keep one"),
            ));
        }
        keys.push(key.clone());
        read_value(row, &mut options, key, input)
    });

    (options, keys)
}

/// Reads a value. For every mistake in a value, the message shows the correct form, or says that
/// the key takes no value.
fn read_value<T>(
    row: &OptionSpec<T>,
    options: &mut T,
    key: OptionKey,
    input: ParseStream<'_>,
) -> syn::Result<()> {
    let at_end = |input: ParseStream<'_>| input.is_empty() || input.peek(Token![,]);
    let ident = key.ident.clone();
    let read = (row.read)(options, key, input);
    if read.is_ok() && at_end(input) {
        return Ok(());
    }
    let message = match row.form {
        "" => format!("`{}` takes no value", row.name),
        form => format!("write `{}` as `{form}`", row.name),
    };
    Err(if at_end(input) {
        Error::new(ident.span(), message)
    } else {
        input.error(message)
    })
}

impl OptionKey {
    fn store<T>(self, value: T, slot: &mut OptionValue<T>) -> syn::Result<()> {
        *slot = Some(KeyedValue { key: self, value });
        Ok(())
    }

    pub(in crate::expander) fn name(&self) -> String {
        self.ident.to_string()
    }
}

impl ToTokens for OptionKey {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.ident.to_tokens(tokens);
    }
}

impl Parse for AccountEntry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let stage = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self {
            stage,
            number: input.parse()?,
        })
    }
}

fn parse_text(input: ParseStream<'_>) -> syn::Result<LitStr> {
    input.parse::<Token![=]>()?;
    // Without this test, `parse` would consume a literal of another type, and the error would point
    // after this literal.
    if input.peek(LitStr) {
        input.parse()
    } else {
        Err(input.error("a text"))
    }
}

fn parse_path(input: ParseStream<'_>) -> syn::Result<Path> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// Reads a path in a string, as serde does for modules and crates.
fn parse_path_in_text(input: ParseStream<'_>) -> syn::Result<Path> {
    input.parse::<Token![=]>()?;
    let ahead = input.fork();
    let path = ahead.parse::<LitStr>()?.parse_with(Path::parse_mod_style)?;
    input.parse::<LitStr>()?;
    Ok(path)
}

fn parse_optional_value<T: Parse>(input: ParseStream<'_>) -> syn::Result<Option<T>> {
    if !input.peek(Token![=]) {
        return Ok(None);
    }
    input.parse::<Token![=]>()?;
    input.parse().map(Some)
}

fn parse_list<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    // Parse a fork first, so that an error points to the parenthesis and no item is consumed.
    let ahead = input.fork();
    let content;
    parenthesized!(content in ahead);
    let items = Punctuated::<T, Token![,]>::parse_terminated(&content)?;
    if items.is_empty() {
        return Err(content.error("an empty list"));
    }
    input.parse::<proc_macro2::Group>()?;
    Ok(items.into_iter().collect())
}
