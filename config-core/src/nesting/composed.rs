//! The checks of composed fields against their parts, at compile time.

use super::{
    const_str::{PanicMessage, split_once, str_eq},
    suggest::find_closest,
    templates::Templates,
};
use crate::const_for::const_for;
use crate::schema::{DefaultSpec, Field, FieldContent, FieldSpec, Kind, Schema, Secrecy};

/// A field that a template names.
struct FoundPart {
    spec: &'static FieldSpec,
    /// Whether the field is in an optional struct.
    in_optional: bool,
    secrecy: Secrecy,
}

/// Checks the composed field at `index`. The field and its parts must each hold a single text, and
/// the text of a part's default must be known. The field must be an `Option` if a part may be
/// unset, and its type must be secret if a part may be secret. Does nothing for any other field.
///
/// # Panics
///
/// Panics if one of these requirements is not met, or if a placeholder names no field that can be a
/// part. The message names the field or the placeholder, and the problem.
#[track_caller]
pub const fn assert_composed(schema: &'static Schema, index: usize) {
    let field = &schema.fields[index];
    if let FieldContent::Value(value) = &field.content
        && let Some(compose) = value.compose
    {
        if !is_text(value.shape.kind) {
            PanicMessage::new()
                .text("`")
                .text(field.name)
                .text("` is composed, but its type cannot hold a composed text: use `String`, `SecretString`, or a type with `FromStr` and `from_str`")
                .raise();
        }
        let templates = Templates::from_root(schema);
        const_for!(compose.parts, |&name| {
            if let Some(part) = find_part(schema, &templates, name, name) {
                check_part(field, value, name, &part);
            }
        });
        check_secrecy(schema, field, &templates);
    }
}

/// Checks that the type of a composed field is secret if one of its parts may be secret.
#[track_caller]
pub(super) const fn check_secrecy(
    schema: &'static Schema,
    field: &Field,
    templates: &Templates<'_>,
) {
    if let FieldContent::Value(value) = &field.content
        && let Some(compose) = value.compose
        && !matches!(value.secrecy, Secrecy::Yes)
    {
        const_for!(compose.parts, |&name| {
            let secrecy = match find_part(schema, templates, name, name) {
                Some(part) => part.secrecy,
                None => Secrecy::No,
            };
            let (why, instead) = match secrecy {
                Secrecy::No => ("", ""),
                Secrecy::Yes => ("`, which is a secret: give `", ""),
                Secrecy::Unknown => (
                    "`, whose type may hold a secret: give `",
                    ", or mark the part as `plain`",
                ),
            };
            if !why.is_empty() {
                PanicMessage::new()
                    .text("`")
                    .text(field.name)
                    .text("` is composed of `")
                    .text(name)
                    .text(why)
                    .text(field.name)
                    .text("` a secret type, such as `SecretString`")
                    .text(instead)
                    .raise();
            }
        });
    }
}

/// Finds the field that a placeholder of a template names. `name` is the whole text of the
/// placeholder, and `path` is the rest of it, relative to the struct of `schema`. Returns `None`
/// for a struct without fields, because the derive emits an empty schema for a struct with
/// mistakes, and reports the mistakes.
#[track_caller]
const fn find_part(
    schema: &'static Schema,
    templates: &Templates<'_>,
    path: &'static str,
    name: &'static str,
) -> Option<FoundPart> {
    if schema.fields.is_empty() {
        return None;
    }
    let (first, rest) = split_once(path, b'.');
    const_for!(schema.fields, |field| {
        if str_eq(field.name, first) {
            match (&field.content, rest) {
                (FieldContent::Value(spec), None) => {
                    return Some(FoundPart {
                        spec,
                        in_optional: false,
                        secrecy: find_secrecy(spec, templates),
                    });
                }
                (
                    FieldContent::Nested {
                        schema: inner,
                        optional,
                        ..
                    },
                    Some(rest),
                ) => {
                    let inherited = templates.enter(inner);
                    let templates = Templates::with_own(&inherited, schema, field);
                    return match find_part(inner, &templates, rest, name) {
                        Some(part) => Some(FoundPart {
                            in_optional: part.in_optional || *optional,
                            ..part
                        }),
                        None => None,
                    };
                }
                (FieldContent::Nested { .. }, None) => refuse_name(
                    name,
                    "names a struct: name one of its fields, as in `{db.host}`",
                ),
                (FieldContent::Value(_), Some(_)) => {
                    refuse_name(
                        name,
                        "names a field inside of a field that is not a nested struct",
                    );
                }
            }
        }
    });
    refuse_unknown(schema, first, name)
}

#[track_caller]
const fn refuse_name(name: &str, why: &str) -> ! {
    PanicMessage::new()
        .text("the placeholder `{")
        .text(name)
        .text("}` ")
        .text(why)
        .raise()
}

#[track_caller]
const fn refuse_unknown(schema: &Schema, field: &str, name: &str) -> ! {
    let mut message = PanicMessage::new()
        .text("the placeholder `{")
        .text(name)
        .text("}` names no field: `")
        .text(schema.name)
        .text("` has no field `")
        .text(field)
        .text("`; expected one of ");
    let mut index = 0;
    while index < schema.fields.len() {
        message = message
            .text(if index == 0 { "`" } else { ", `" })
            .text(schema.fields[index].name)
            .text("`");
        index += 1;
    }
    if let Some(closest) = find_closest(field, schema.fields) {
        message = message.text("; did you mean `").text(closest).text("`?");
    }
    message.raise()
}

/// Returns the secrecy of a part according to its type, its options and its sources.
const fn find_secrecy(spec: &FieldSpec, templates: &Templates<'_>) -> Secrecy {
    if spec.compose.is_none() && templates.may_read_secrets(spec.assignments) {
        Secrecy::Yes
    } else {
        spec.secrecy
    }
}

#[track_caller]
const fn check_part(field: &Field, value: &FieldSpec, name: &str, part: &FoundPart) {
    if !is_text(part.spec.shape.kind) {
        PanicMessage::new()
            .text("`")
            .text(name)
            .text("` of the type `")
            .text(part.spec.type_name)
            .text("` is not a single text, so it cannot be a part of `")
            .text(field.name)
            .text("`")
            .raise();
    }
    let has_default = match part.spec.default {
        Some(default) => {
            if !has_text(&default) {
                PanicMessage::new()
                    .text("the default of `")
                    .text(name)
                    .text("`, a part of `")
                    .text(field.name)
                    .text(if is_hidden(&default) {
                        "`, is hidden, because one of its sources is made for secrets: remove the default"
                    } else {
                        "`, must be a text or a decimal number: write `default = \"…\"`, or remove the default"
                    })
                    .raise();
            }
            true
        }
        None => false,
    };
    let may_be_unset = part.in_optional || part.spec.shape.optional && !has_default;
    if may_be_unset && !value.shape.optional {
        PanicMessage::new()
            .text("`")
            .text(name)
            .text("` may have no value, so `")
            .text(field.name)
            .text("`, which is composed of it, must be an `Option`")
            .raise();
    }
}

/// Returns whether a value of this kind is a single text.
const fn is_text(kind: Kind) -> bool {
    match kind {
        Kind::String
        | Kind::Char
        | Kind::Bool
        | Kind::Integer { .. }
        | Kind::Float { .. }
        | Kind::Duration
        | Kind::Format(_)
        | Kind::Other => true,
        Kind::Bytes { .. }
        | Kind::Json
        | Kind::ListOf(_)
        | Kind::SetOf(_)
        | Kind::Array { .. }
        | Kind::Tuple(_)
        | Kind::Optional(_)
        | Kind::MapOf { .. }
        | Kind::Object => false,
    }
}

/// Returns whether the schema contains `…` instead of the default.
const fn is_hidden(default: &DefaultSpec) -> bool {
    matches!(default, DefaultSpec::Code(code) if str_eq(code, "…"))
}

/// Returns whether the text of a default is known without the type of the field. It is known if the
/// default is a text, a `bool`, or a number that is written only with digits, `_`, `-` and `.`.
const fn has_text(default: &DefaultSpec) -> bool {
    let code = match default {
        DefaultSpec::Text(_) => return true,
        DefaultSpec::Code(code) => code,
    };
    if str_eq(code, "true") || str_eq(code, "false") {
        return true;
    }
    const_for!(code.as_bytes(), |byte| {
        if !(byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.')) {
            return false;
        }
    });
    true
}
