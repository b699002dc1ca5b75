//! `#[config(…)]`: two tables of keys, which drive parsing, "expected one of" and "did you mean".

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use stage_config_grammar::suggest::expected_one_of;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, LitStr, Path, Token, parenthesized};

use super::read_entries;
use super::stage_key::StageKey;
use crate::expander::report::Report;

/// A key in its place.
#[derive(Clone)]
pub(in crate::expander) struct Key {
    ident: Ident,
    /// How many came before it in the same place.
    pub(in crate::expander) order: usize,
}

/// A key with what it was given.
pub(in crate::expander) struct Given<T> {
    pub(in crate::expander) key: Key,
    pub(in crate::expander) value: T,
}

type Slot<T> = Option<Given<T>>;

/// What stands on a struct.
#[derive(Default)]
pub(in crate::expander) struct StructOptions {
    pub(in crate::expander) stage_var: Slot<LitStr>,
    pub(in crate::expander) default_stage: Slot<LitStr>,
    pub(in crate::expander) preview: Slot<Vec<LitStr>>,
    pub(in crate::expander) account: Slot<Vec<Account>>,
    pub(in crate::expander) rename_all: Slot<LitStr>,
    pub(in crate::expander) app: Slot<LitStr>,
    pub(in crate::expander) schemes: Slot<Vec<LitStr>>,
    pub(in crate::expander) secrets: Slot<LitStr>,
    pub(in crate::expander) krate: Slot<Path>,
    pub(in crate::expander) inherit: Slot<()>,
    pub(in crate::expander) refresh: Slot<LitStr>,
    pub(in crate::expander) validate: Slot<Path>,
    pub(in crate::expander) snapshot: Slot<LitStr>,
    pub(in crate::expander) snapshot_max_age: Slot<LitStr>,
    pub(in crate::expander) snapshot_refreshed: Slot<()>,
}

/// What stands on a field.
#[derive(Default)]
pub(in crate::expander) struct FieldOptions {
    pub(in crate::expander) default: Slot<Option<Expr>>,
    pub(in crate::expander) nested: Slot<Option<LitStr>>,
    pub(in crate::expander) refresh: Slot<LitStr>,
    pub(in crate::expander) secret: Slot<()>,
    pub(in crate::expander) plain: Slot<()>,
    pub(in crate::expander) validate: Slot<Path>,
    pub(in crate::expander) rename: Slot<LitStr>,
    pub(in crate::expander) no_fallback: Slot<()>,
    pub(in crate::expander) with: Slot<Path>,
    pub(in crate::expander) object: Slot<()>,
    pub(in crate::expander) skip: Slot<()>,
    /// All keys that are there, for options that exclude every other.
    pub(in crate::expander) keys: Vec<Key>,
}

/// `prod = "111122223333"`, in `account(…)`.
pub(in crate::expander) struct Account {
    pub(in crate::expander) stage: StageKey,
    pub(in crate::expander) number: LitStr,
}

/// One key: how it is written if it has a value, and where that goes.
struct Row<T> {
    name: &'static str,
    form: &'static str,
    read: fn(&mut T, Key, ParseStream<'_>) -> syn::Result<()>,
}

#[rustfmt::skip]
const STRUCT: &[Row<StructOptions>] = &[
    Row { name: "stage_var", form: "stage_var = \"stage\"", read: |to, key, input| key.put(text(input)?, &mut to.stage_var) },
    Row { name: "default_stage", form: "default_stage = \"dev\"", read: |to, key, input| key.put(text(input)?, &mut to.default_stage) },
    Row { name: "preview", form: "preview(\"pr-*\", \"feature*\")", read: |to, key, input| key.put(list(input)?, &mut to.preview) },
    Row { name: "account", form: "account(prod = \"111122223333\")", read: |to, key, input| key.put(list(input)?, &mut to.account) },
    Row { name: "rename_all", form: "rename_all = \"kebab-case\"", read: |to, key, input| key.put(text(input)?, &mut to.rename_all) },
    Row { name: "app", form: "app = \"payments\"", read: |to, key, input| key.put(text(input)?, &mut to.app) },
    Row { name: "schemes", form: "schemes(\"vault\")", read: |to, key, input| key.put(list(input)?, &mut to.schemes) },
    Row { name: "secrets", form: "secrets = \"batch\"", read: |to, key, input| key.put(text(input)?, &mut to.secrets) },
    Row { name: "crate", form: "crate = \"my_crate::stage_config\"", read: |to, key, input| key.put(path_in_text(input)?, &mut to.krate) },
    Row { name: "inherit", form: "", read: |to, key, _| key.put((), &mut to.inherit) },
    Row { name: "refresh", form: "refresh = \"5m\"", read: |to, key, input| key.put(text(input)?, &mut to.refresh) },
    Row { name: "validate", form: "validate = path::to::function", read: |to, key, input| key.put(path(input)?, &mut to.validate) },
    Row { name: "snapshot", form: "snapshot = \"sealed/{stage}.snapshot\"", read: |to, key, input| key.put(text(input)?, &mut to.snapshot) },
    Row { name: "snapshot_max_age", form: "snapshot_max_age = \"7d\"", read: |to, key, input| key.put(text(input)?, &mut to.snapshot_max_age) },
    Row { name: "snapshot_refreshed", form: "", read: |to, key, _| key.put((), &mut to.snapshot_refreshed) },
];

#[rustfmt::skip]
const FIELD: &[Row<FieldOptions>] = &[
    Row { name: "default", form: "default` or `default = EXPR", read: |to, key, input| key.put(value_or_none(input)?, &mut to.default) },
    Row { name: "nested", form: "nested` or `nested = \"level\"", read: |to, key, input| key.put(value_or_none(input)?, &mut to.nested) },
    Row { name: "refresh", form: "refresh = \"5m\"", read: |to, key, input| key.put(text(input)?, &mut to.refresh) },
    Row { name: "secret", form: "", read: |to, key, _| key.put((), &mut to.secret) },
    Row { name: "plain", form: "", read: |to, key, _| key.put((), &mut to.plain) },
    Row { name: "validate", form: "validate = path::to::function", read: |to, key, input| key.put(path(input)?, &mut to.validate) },
    Row { name: "rename", form: "rename = \"name\"", read: |to, key, input| key.put(text(input)?, &mut to.rename) },
    Row { name: "no_fallback", form: "", read: |to, key, _| key.put((), &mut to.no_fallback) },
    Row { name: "with", form: "with = \"path::to::module\"", read: |to, key, input| key.put(path_in_text(input)?, &mut to.with) },
    Row { name: "object", form: "", read: |to, key, _| key.put((), &mut to.object) },
    Row { name: "skip", form: "", read: |to, key, _| key.put((), &mut to.skip) },
];

/// Whether a name belongs into `#[config(…)]`.
pub(super) fn is_option(name: &str) -> bool {
    is_in(name, STRUCT) || is_in(name, FIELD)
}

pub(super) fn read_struct(attrs: &[Attribute], report: &mut Report) -> StructOptions {
    let hint = |name: &str| is_in(name, FIELD).then_some("stands on a field, not on the struct");
    read(attrs, STRUCT, "#[config(default_stage = \"dev\")]", hint, report).0
}

pub(super) fn read_field(attrs: &[Attribute], report: &mut Report) -> FieldOptions {
    let hint = |name: &str| is_in(name, STRUCT).then_some("stands on the struct, not on a field");
    let (options, keys) = read(attrs, FIELD, "#[config(default = 30)]", hint, report);
    FieldOptions { keys, ..options }
}

fn is_in<T>(name: &str, rows: &[Row<T>]) -> bool {
    rows.iter().any(|row| row.name == name)
}

fn read<T: Default>(
    attrs: &[Attribute],
    rows: &[Row<T>],
    example: &str,
    elsewhere: impl Fn(&str) -> Option<&'static str>,
    report: &mut Report,
) -> (T, Vec<Key>) {
    let mut options = T::default();
    let mut keys: Vec<Key> = Vec::new();
    read_entries(attrs, "config", example, report, |input, report| {
        let key = Key { ident: input.call(Ident::parse_any)?, order: keys.len() };
        let name = key.name();
        let Some(row) = rows.iter().find(|row| row.name == name) else {
            let names: Vec<_> = rows.iter().map(|row| row.name).collect();
            let hint = elsewhere(&name).map(|hint| format!("`{name}` {hint}"));
            let message =
                hint.unwrap_or_else(|| format!("unknown option `{name}`; {}", expected_one_of(&name, &names)));
            return Err(Error::new_spanned(&key, message));
        };
        if let Some(first) = keys.iter().find(|other| other.name() == name) {
            report.error(first, format!("`{name}` is given here first"));
            return Err(Error::new_spanned(&key, format!("`{name}` is given twice: keep one")));
        }
        keys.push(key.clone());
        read_value(row, &mut options, key, input)
    });
    (options, keys)
}

/// Whatever is wrong with a value, the message says how it is written.
fn read_value<T>(row: &Row<T>, options: &mut T, key: Key, input: ParseStream<'_>) -> syn::Result<()> {
    let at_end = |input: ParseStream<'_>| input.is_empty() || input.peek(Token![,]);
    let ident = key.ident.clone();
    let read = (row.read)(options, key, input);
    if read.is_ok() && at_end(input) {
        return Ok(());
    }
    let message = match row.form {
        "" => format!("`{}` takes no value", row.name),
        form => format!("`{}` is written `{form}`", row.name),
    };
    Err(if at_end(input) { Error::new(ident.span(), message) } else { input.error(message) })
}

impl Key {
    fn put<T>(self, value: T, slot: &mut Slot<T>) -> syn::Result<()> {
        *slot = Some(Given { key: self, value });
        Ok(())
    }

    pub(in crate::expander) fn name(&self) -> String {
        self.ident.to_string()
    }
}

impl ToTokens for Key {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.ident.to_tokens(tokens);
    }
}

impl Parse for Account {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let stage = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self { stage, number: input.parse()? })
    }
}

fn text(input: ParseStream<'_>) -> syn::Result<LitStr> {
    input.parse::<Token![=]>()?;
    // A literal of another kind would be consumed, and the error would stand behind it.
    if input.peek(LitStr) { input.parse() } else { Err(input.error("a text")) }
}

fn path(input: ParseStream<'_>) -> syn::Result<Path> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// serde's form for paths to modules and crates.
fn path_in_text(input: ParseStream<'_>) -> syn::Result<Path> {
    input.parse::<Token![=]>()?;
    let ahead = input.fork();
    let path = ahead.parse::<LitStr>()?.parse_with(Path::parse_mod_style)?;
    input.parse::<LitStr>()?;
    Ok(path)
}

fn value_or_none<T: Parse>(input: ParseStream<'_>) -> syn::Result<Option<T>> {
    if !input.peek(Token![=]) {
        return Ok(None);
    }
    input.parse::<Token![=]>()?;
    input.parse().map(Some)
}

fn list<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    // Read ahead, so that an error stands at the parenthesis and nothing in it is left half read.
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
