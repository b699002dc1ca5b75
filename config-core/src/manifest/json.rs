//! The members of a record: the writer and the reader of each type side by side, in one order.
//!
//! What is absent is empty, `false` or `null`.

mod kind;
mod snapshot;

use super::out::Out;
use crate::one_line::is_line_end;
use crate::schema::{Assignment, Content, Field, Key, Kind, Schema, SealedFile, Secrecy, Shape, Sources, Value};
use kind::KindJson;
use serde::Deserialize;
use snapshot::SnapshotJson;

pub(super) const fn write(out: &mut Out<'_>, schema: &Schema) {
    out.open(b'{');
    out.member("name", schema.name);
    out.member("docs", schema.docs);
    out.member("package", schema.package);
    out.member("module", schema.module);
    out.member("app", schema.app);
    out.option("stage_var", schema.stage_var);
    out.option("default_stage", schema.default_stage);
    if let Some(patterns) = schema.preview {
        out.name("preview");
        write_texts(out, patterns);
    }
    write_accounts(out, schema.accounts);
    if !schema.schemes.is_empty() {
        out.name("schemes");
        write_texts(out, schema.schemes);
    }
    out.flag("batch_secrets", schema.batch_secrets);
    out.flag("inherit", schema.inherit);
    out.name("stages");
    write_texts(out, schema.stages);
    out.flag("fallback", schema.fallback);
    out.flag("validated", schema.validated);
    write_assignments(out, "templates", schema.templates);
    out.name("fields");
    out.open(b'[');
    let mut index = 0;
    while index < schema.fields.len() {
        write_field(out, &schema.fields[index]);
        index += 1;
    }
    out.close(b']');
    write_sealed(out, schema.sealed);
    snapshot::write(out, schema.snapshot.as_ref());
    out.close(b'}');
}

#[derive(Deserialize)]
pub(super) struct SchemaJson {
    name: String,
    #[serde(default)]
    docs: String,
    package: String,
    module: String,
    app: String,
    stage_var: Option<String>,
    default_stage: Option<String>,
    preview: Option<Vec<String>>,
    #[serde(default)]
    accounts: Vec<(String, String)>,
    #[serde(default)]
    schemes: Vec<String>,
    #[serde(default)]
    batch_secrets: bool,
    #[serde(default)]
    inherit: bool,
    stages: Vec<String>,
    #[serde(default)]
    fallback: bool,
    #[serde(default)]
    validated: bool,
    #[serde(default)]
    templates: Vec<AssignmentJson>,
    fields: Vec<FieldJson>,
    #[serde(default)]
    sealed: Vec<SealedJson>,
    snapshot: Option<SnapshotJson>,
}

impl SchemaJson {
    /// `version` is the version of the record.
    pub(super) fn leak(self, version: u32) -> &'static Schema {
        Box::leak(Box::new(Schema {
            name: text(self.name),
            docs: shown(&self.docs),
            package: text(self.package),
            module: text(self.module),
            app: text(self.app),
            stage_var: self.stage_var.map(text),
            default_stage: self.default_stage.map(text),
            preview: self.preview.map(texts),
            accounts: list(self.accounts, |(stage, account)| (text(stage), text(account))),
            schemes: texts(self.schemes),
            batch_secrets: self.batch_secrets,
            inherit: self.inherit,
            stages: texts(self.stages),
            fallback: self.fallback,
            validated: self.validated,
            templates: list(self.templates, AssignmentJson::leak),
            fields: list(self.fields, |field| field.leak(version)),
            sealed: list(self.sealed, SealedJson::leak),
            snapshot: self.snapshot.map(SnapshotJson::leak),
        }))
    }
}

const fn write_accounts(out: &mut Out<'_>, accounts: &[(&str, &str)]) {
    if accounts.is_empty() {
        return;
    }
    out.name("accounts");
    out.open(b'[');
    let mut index = 0;
    while index < accounts.len() {
        let (stage, account) = accounts[index];
        write_texts(out, &[stage, account]);
        index += 1;
    }
    out.close(b']');
}

const fn write_sealed(out: &mut Out<'_>, files: &[SealedFile]) {
    if files.is_empty() {
        return;
    }
    out.name("sealed");
    out.open(b'[');
    let mut index = 0;
    while index < files.len() {
        out.open(b'{');
        out.member("stage", files[index].stage);
        out.member("name", files[index].name);
        out.member("text", files[index].text);
        out.close(b'}');
        index += 1;
    }
    out.close(b']');
}

#[derive(Deserialize)]
struct SealedJson {
    stage: String,
    name: String,
    #[serde(default)]
    text: String,
}

impl SealedJson {
    fn leak(self) -> SealedFile {
        SealedFile { stage: text(self.stage), name: text(self.name), text: text(self.text) }
    }
}

const fn write_assignments(out: &mut Out<'_>, name: &str, assignments: &[Assignment]) {
    if assignments.is_empty() {
        return;
    }
    out.name(name);
    out.open(b'[');
    let mut index = 0;
    while index < assignments.len() {
        out.open(b'{');
        // No stage is called `fallback` or `all`.
        out.member(
            "key",
            match assignments[index].key {
                Key::Stage(name) => name,
                Key::Fallback => "fallback",
                Key::All => "all",
            },
        );
        if let Sources::Chain(texts) = assignments[index].sources {
            out.name("sources");
            write_texts(out, texts);
        }
        out.close(b'}');
        index += 1;
    }
    out.close(b']');
}

#[derive(Deserialize)]
struct AssignmentJson {
    key: String,
    sources: Option<Vec<String>>,
}

impl AssignmentJson {
    fn leak(self) -> Assignment {
        Assignment {
            key: match self.key.as_str() {
                "fallback" => Key::Fallback,
                "all" => Key::All,
                _ => Key::Stage(text(self.key)),
            },
            sources: self.sources.map_or(Sources::Template, |sources| Sources::Chain(texts(sources))),
        }
    }
}

const fn write_field(out: &mut Out<'_>, field: &Field) {
    out.open(b'{');
    out.member("name", field.name);
    out.member("level", field.level);
    out.member("docs", field.docs);
    out.name("content");
    out.open(b'{');
    match &field.content {
        Content::Value(value) => {
            out.name("value");
            write_value(out, value);
        }
        Content::Nested { schema, optional } => {
            out.name("nested");
            out.open(b'{');
            out.flag("optional", *optional);
            out.name("schema");
            write(out, schema);
            out.close(b'}');
        }
    }
    out.close(b'}');
    out.close(b'}');
}

#[derive(Deserialize)]
struct FieldJson {
    name: String,
    level: String,
    #[serde(default)]
    docs: String,
    content: ContentJson,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ContentJson {
    Value(ValueJson),
    Nested {
        #[serde(default)]
        optional: bool,
        schema: Box<SchemaJson>,
    },
}

impl FieldJson {
    fn leak(self, version: u32) -> Field {
        let content = match self.content {
            ContentJson::Value(value) => Content::Value(value.leak(version)),
            ContentJson::Nested { optional, schema } => Content::Nested { schema: schema.leak(version), optional },
        };
        Field { name: text(self.name), level: text(self.level), docs: shown(&self.docs), content }
    }
}

const fn write_value(out: &mut Out<'_>, value: &Value) {
    out.open(b'{');
    out.name("kind");
    kind::write(out, &value.shape.kind);
    out.flag("optional", value.shape.optional);
    out.member("type", value.type_name);
    out.option(
        "secrecy",
        match value.secrecy {
            Secrecy::No => None,
            Secrecy::Unknown => Some("unknown"),
            Secrecy::Yes => Some("yes"),
        },
    );
    out.option("default", value.default);
    out.flag("no_fallback", value.no_fallback);
    out.flag("validated", value.validated);
    out.flag("with", value.with);
    if let Some(ms) = value.refresh_ms {
        out.name("refresh_ms");
        out.number(ms as u128);
    }
    write_assignments(out, "assignments", value.assignments);
    out.close(b'}');
}

#[derive(Deserialize)]
struct ValueJson {
    kind: KindJson,
    #[serde(default)]
    optional: bool,
    #[serde(default, rename = "type")]
    type_name: String,
    secrecy: Option<Secrecy>,
    /// Version 1: the type is one of `secrecy`'s.
    #[serde(default)]
    secret_type: bool,
    /// Version 1: `#[config(secret)]`.
    #[serde(default)]
    secret: bool,
    default: Option<String>,
    #[serde(default)]
    no_fallback: bool,
    #[serde(default)]
    validated: bool,
    #[serde(default)]
    with: bool,
    refresh_ms: Option<u64>,
    #[serde(default)]
    assignments: Vec<AssignmentJson>,
}

impl ValueJson {
    fn leak(self, version: u32) -> Value {
        let kind = self.kind.leak();
        let secrecy = match version {
            1 => secrecy_of_version_1(kind, self.secret || self.secret_type),
            _ => self.secrecy.unwrap_or(Secrecy::No),
        };
        Value {
            shape: Shape { kind, optional: self.optional },
            type_name: shown_line(&self.type_name),
            secrecy,
            default: self.default.as_deref().map(shown_line),
            no_fallback: self.no_fallback,
            validated: self.validated,
            with: self.with,
            refresh_ms: self.refresh_ms,
            assignments: list(self.assignments, AssignmentJson::leak),
        }
    }
}

/// Version 1 looked at the outermost type alone. A kind that says nothing of what the type holds leaves open whether a
/// secret is among it.
fn secrecy_of_version_1(kind: Kind, secret: bool) -> Secrecy {
    match kind {
        _ if secret => Secrecy::Yes,
        Kind::Other | Kind::Object | Kind::ListOf(Kind::Other | Kind::Object) => Secrecy::Unknown,
        _ => Secrecy::No,
    }
}

const fn write_texts(out: &mut Out<'_>, texts: &[&str]) {
    out.open(b'[');
    let mut index = 0;
    while index < texts.len() {
        out.text(texts[index]);
        index += 1;
    }
    out.close(b']');
}

fn texts(texts: Vec<String>) -> &'static [&'static str] {
    list(texts, text)
}

fn list<T, U>(items: Vec<T>, leak: impl FnMut(T) -> U) -> &'static [U] {
    Box::leak(items.into_iter().map(leak).collect())
}

fn text(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// A text that is only ever shown. What compiles holds control characters, or those that turn the direction, for no good reason; an artifact that was made to
/// look harmless in a terminal does.
fn shown(shown: &str) -> &'static str {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text(shown.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t') || turns(c), "\u{fffd}"))
}

/// The same on one line, for what stands in a line of other texts. The code of a type or a default may have several.
fn shown_line(code: &str) -> &'static str {
    shown(&code.replace(is_line_end, " "))
}
