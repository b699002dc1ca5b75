//! The JSON of a record. The writer and the reader of each type are next to each other and use the
//! same order of members.
//!
//! The writer omits a member if the reader assumes its value by default: an empty text, `false`, an
//! option that is not set, and most empty lists.

mod field_spec;
mod kind;
mod snapshot;

use super::json_writer::JsonWriter;
use crate::const_for::const_for;
use crate::schema::{Assignment, AssignmentKey, Field, FieldContent, Schema, SealedFile, Sources};
use field_spec::FieldSpecJson;
use serde::Deserialize;
use snapshot::SnapshotJson;

pub(super) const fn write(out: &mut JsonWriter<'_>, schema: &Schema) {
    out.open(b'{');
    out.write_member("name", schema.name);
    out.write_member("docs", schema.docs);
    out.write_member("package", schema.package);
    out.write_member("module", schema.module);
    out.write_member("app", schema.app);
    out.write_option("stage_var", schema.stage_var);
    out.write_option("default_stage", schema.default_stage);
    if let Some(patterns) = schema.preview {
        out.write_name("preview");
        write_texts(out, patterns);
    }
    write_accounts(out, schema.accounts);
    if !schema.schemes.is_empty() {
        out.write_name("schemes");
        write_texts(out, schema.schemes);
    }
    out.write_flag("batch_secrets", schema.batch_secrets);
    out.write_flag("inherit", schema.inherit);
    out.write_name("stages");
    write_texts(out, schema.stages);
    out.write_flag("fallback", schema.fallback);
    out.write_flag("validated", schema.validated);
    write_assignments(out, "templates", schema.templates);
    out.write_name("fields");
    out.open(b'[');
    const_for!(schema.fields, |field| {
        write_field(out, field);
    });
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
    sealed: Vec<SealedFileJson>,
    snapshot: Option<SnapshotJson>,
}

impl SchemaJson {
    /// Converts the record to a leaked schema. `version` is the version of the record.
    pub(super) fn leak(self, version: u32) -> &'static Schema {
        Box::leak(Box::new(Schema {
            name: leak_text(self.name),
            docs: leak_sanitized(&self.docs),
            package: leak_text(self.package),
            module: leak_text(self.module),
            app: leak_text(self.app),
            stage_var: self.stage_var.map(leak_text),
            default_stage: self.default_stage.map(leak_text),
            preview: self.preview.map(leak_texts),
            accounts: leak_list(self.accounts, |(stage, account)| {
                (leak_text(stage), leak_text(account))
            }),
            schemes: leak_texts(self.schemes),
            batch_secrets: self.batch_secrets,
            inherit: self.inherit,
            stages: leak_texts(self.stages),
            fallback: self.fallback,
            validated: self.validated,
            templates: leak_list(self.templates, AssignmentJson::leak),
            fields: leak_list(self.fields, |field| field.leak(version)),
            sealed: leak_list(self.sealed, SealedFileJson::leak),
            snapshot: self.snapshot.map(SnapshotJson::leak),
        }))
    }
}

const fn write_accounts(out: &mut JsonWriter<'_>, accounts: &[(&str, &str)]) {
    if accounts.is_empty() {
        return;
    }
    out.write_name("accounts");
    out.open(b'[');
    const_for!(accounts, |&(stage, account)| {
        write_texts(out, &[stage, account]);
    });
    out.close(b']');
}

const fn write_sealed(out: &mut JsonWriter<'_>, files: &[SealedFile]) {
    if files.is_empty() {
        return;
    }
    out.write_name("sealed");
    out.open(b'[');
    const_for!(files, |file| {
        out.open(b'{');
        out.write_member("stage", file.stage);
        out.write_member("name", file.name);
        out.write_member("text", file.text);
        out.close(b'}');
    });
    out.close(b']');
}

#[derive(Deserialize)]
struct SealedFileJson {
    stage: String,
    name: String,
    #[serde(default)]
    text: String,
}

impl SealedFileJson {
    fn leak(self) -> SealedFile {
        SealedFile {
            stage: leak_text(self.stage),
            name: leak_text(self.name),
            text: leak_text(self.text),
        }
    }
}

const fn write_assignments(out: &mut JsonWriter<'_>, name: &str, assignments: &[Assignment]) {
    if assignments.is_empty() {
        return;
    }
    out.write_name(name);
    out.open(b'[');
    const_for!(assignments, |assignment| {
        out.open(b'{');
        // No stage can have the name `fallback` or `all`.
        out.write_member(
            "key",
            match assignment.key {
                AssignmentKey::Stage(name) => name,
                AssignmentKey::Fallback => "fallback",
                AssignmentKey::All => "all",
            },
        );
        if let Sources::Chain(texts) = assignment.sources {
            out.write_name("sources");
            write_texts(out, texts);
        }
        out.close(b'}');
    });
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
                "fallback" => AssignmentKey::Fallback,
                "all" => AssignmentKey::All,
                _ => AssignmentKey::Stage(leak_text(self.key)),
            },
            sources: self.sources.map_or(Sources::Template, |sources| {
                Sources::Chain(leak_texts(sources))
            }),
        }
    }
}

const fn write_field(out: &mut JsonWriter<'_>, field: &Field) {
    out.open(b'{');
    out.write_member("name", field.name);
    out.write_member("level", field.level);
    out.write_member("docs", field.docs);
    out.write_name("content");
    out.open(b'{');
    match &field.content {
        FieldContent::Value(value) => {
            out.write_name("value");
            field_spec::write(out, value);
        }
        FieldContent::Nested {
            schema,
            optional,
            templates,
        } => {
            out.write_name("nested");
            out.open(b'{');
            out.write_flag("optional", *optional);
            write_assignments(out, "templates", templates);
            out.write_name("schema");
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
    content: FieldContentJson,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum FieldContentJson {
    Value(FieldSpecJson),
    Nested {
        #[serde(default)]
        optional: bool,
        #[serde(default)]
        templates: Vec<AssignmentJson>,
        schema: Box<SchemaJson>,
    },
}

impl FieldJson {
    fn leak(self, version: u32) -> Field {
        let content = match self.content {
            FieldContentJson::Value(value) => FieldContent::Value(value.leak(version)),
            FieldContentJson::Nested {
                optional,
                templates,
                schema,
            } => FieldContent::Nested {
                schema: schema.leak(version),
                optional,
                templates: leak_list(templates, AssignmentJson::leak),
            },
        };
        Field {
            name: leak_text(self.name),
            level: leak_text(self.level),
            docs: leak_sanitized(&self.docs),
            content,
        }
    }
}

const fn write_texts(out: &mut JsonWriter<'_>, texts: &[&str]) {
    out.open(b'[');
    const_for!(texts, |&text| {
        out.write_text(text);
    });
    out.close(b']');
}

fn leak_texts(texts: Vec<String>) -> &'static [&'static str] {
    leak_list(texts, leak_text)
}

fn leak_list<T, U>(items: Vec<T>, leak: impl FnMut(T) -> U) -> &'static [U] {
    Box::leak(items.into_iter().map(leak).collect())
}

fn leak_text(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Leaks a text for display. Replaces control characters other than `\n` and `\t`, and characters
/// that change the direction of the text, because a crafted artifact could use them to look
/// harmless in a terminal.
fn leak_sanitized(text: &str) -> &'static str {
    let changes_direction =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_unsafe = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || changes_direction(c);
    leak_text(text.replace(is_unsafe, "\u{fffd}"))
}
