//! The JSON of a field that is not a nested struct.

use super::{
    AssignmentJson,
    kind::{self, KindJson},
    leak_list, leak_sanitized, leak_text, leak_texts, write_assignments,
};
use crate::{
    manifest::json_writer::JsonWriter,
    one_line::is_line_end,
    schema::{ComposeSpec, DefaultSpec, FieldSpec, Kind, Secrecy, Shape},
};
use serde::Deserialize;
use stage_config_grammar::compose::ComposeTemplate;

pub(super) const fn write(out: &mut JsonWriter<'_>, value: &FieldSpec) {
    out.open(b'{');
    out.write_name("kind");
    kind::write(out, &value.shape.kind);
    out.write_flag("optional", value.shape.optional);
    out.write_member("type", value.type_name);
    out.write_option(
        "secrecy",
        match value.secrecy {
            Secrecy::No => None,
            Secrecy::Unknown => Some("unknown"),
            Secrecy::Yes => Some("yes"),
        },
    );
    if let Some(default) = value.default {
        out.write_option("default", Some(default.as_str()));
        out.write_flag("default_is_text", matches!(default, DefaultSpec::Text(_)));
    }
    out.write_flag("no_fallback", value.no_fallback);
    out.write_flag("validated", value.validated);
    out.write_flag("with", value.with);
    if let Some(ms) = value.refresh_ms {
        out.write_name("refresh_ms");
        out.write_number(ms as u128);
    }
    if let Some(compose) = value.compose {
        out.write_member("compose", compose.template);
    }
    write_assignments(out, "assignments", value.assignments);
    out.close(b'}');
}

#[derive(Deserialize)]
pub(super) struct FieldSpecJson {
    kind: KindJson,
    #[serde(default)]
    optional: bool,
    #[serde(default, rename = "type")]
    type_name: String,
    secrecy: Option<Secrecy>,
    /// Only in version 1: whether the outermost type, or the item type of a list or map, is a type
    /// of the crate `secrecy`.
    #[serde(default)]
    secret_type: bool,
    /// Only in version 1: whether the field has `#[config(secret)]`.
    #[serde(default)]
    secret: bool,
    default: Option<String>,
    #[serde(default)]
    default_is_text: bool,
    #[serde(default)]
    no_fallback: bool,
    #[serde(default)]
    validated: bool,
    #[serde(default)]
    with: bool,
    refresh_ms: Option<u64>,
    compose: Option<String>,
    #[serde(default)]
    assignments: Vec<AssignmentJson>,
}

impl FieldSpecJson {
    pub(super) fn leak(self, version: u32) -> FieldSpec {
        let kind = self.kind.into_kind();
        let to_default = if self.default_is_text {
            DefaultSpec::Text
        } else {
            DefaultSpec::Code
        };
        let secrecy = match version {
            1 => infer_secrecy_v1(kind, self.secret || self.secret_type),
            _ => self.secrecy.unwrap_or(Secrecy::No),
        };
        FieldSpec {
            shape: Shape {
                kind,
                optional: self.optional,
            },
            type_name: leak_line(&self.type_name),
            secrecy,
            default: self.default.as_deref().map(leak_line).map(to_default),
            no_fallback: self.no_fallback,
            validated: self.validated,
            with: self.with,
            refresh_ms: self.refresh_ms,
            compose: self.compose.map(leak_compose),
            assignments: leak_list(self.assignments, AssignmentJson::leak),
        }
    }
}

/// Leaks a template. A template that cannot be parsed gets no parts, and
/// [`check`](super::super::check) refuses it later.
fn leak_compose(template: String) -> ComposeSpec {
    let parts = ComposeTemplate::parse(&template).map(|parsed| parsed.list_fields());
    ComposeSpec {
        template: leak_text(template),
        parts: leak_texts(parts.unwrap_or_default()),
    }
}

/// Returns the secrecy of a field in a record of version 1. Such a record says only whether the
/// outermost type or its item type is secret. So if the kind does not determine the content of the
/// type, the secrecy is unknown.
fn infer_secrecy_v1(kind: Kind, secret: bool) -> Secrecy {
    match kind {
        _ if secret => Secrecy::Yes,
        Kind::Other | Kind::Object | Kind::ListOf(Kind::Other | Kind::Object) => Secrecy::Unknown,
        _ => Secrecy::No,
    }
}

/// Leaks a text for display inside a line: like [`leak_sanitized`], but with spaces instead of line
/// ends. The code of a type or a default may span several lines.
fn leak_line(code: &str) -> &'static str {
    leak_sanitized(&code.replace(is_line_end, " "))
}
