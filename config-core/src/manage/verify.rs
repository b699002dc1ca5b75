//! Checks the value of a field without its Rust type, and reports the parts that only the program
//! can check.

use crate::{
    decode::verify,
    outcome::{Found, Payload},
    schema::{FieldSpec, Kind, Secrecy},
};

/// A part of a value that was not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnverifiedPart {
    /// The read returned only that the value exists.
    ExistsOnly,
    /// Only the type's own `Deserialize` can check the value.
    Type,
    /// The JSON is well-formed; only the type can check its content.
    JsonContent,
    /// The module of `#[config(with = "…")]` decodes the value.
    With,
    /// The function of `#[config(validate = …)]` on the field checks the value.
    Validate,
}

/// Checks a value that was found. Returns the parts that only the program can check, or the reason
/// why a load refuses the value.
pub(super) fn verify_found(
    spec: &FieldSpec,
    secrecy: Secrecy,
    found: &Found,
) -> Result<Vec<UnverifiedPart>, String> {
    let mut unverified = Vec::new();
    if matches!(*found.content, Payload::ExistsOnly) {
        return Ok(vec![UnverifiedPart::ExistsOnly]);
    }
    if secrecy == Secrecy::Yes && found.content.is_empty() {
        return Err("it is empty".to_owned());
    }
    let kind = spec.shape.kind;
    if spec.with {
        unverified.push(UnverifiedPart::With);
    } else {
        verify(kind, found.as_stored()).map_err(|error| {
            error
                .redact_for_field(secrecy, found.content.text_or_empty())
                .to_string()
        })?;
        unverified.extend(find_unknown_part(kind));
    }
    if spec.validated {
        unverified.push(UnverifiedPart::Validate);
    }
    Ok(unverified)
}

/// Returns the part of a kind that only the type can check, or `None` if the kind determines the
/// form completely.
pub(super) fn find_unknown_part(kind: Kind) -> Option<UnverifiedPart> {
    match kind {
        Kind::Other => Some(UnverifiedPart::Type),
        Kind::Object => Some(UnverifiedPart::JsonContent),
        Kind::ListOf(item)
        | Kind::SetOf(item)
        | Kind::Array { item, .. }
        | Kind::Optional(item) => find_unknown_part(*item),
        Kind::Tuple(items) => items.iter().find_map(|item| find_unknown_part(*item)),
        Kind::MapOf { key, value } => find_unknown_part(*key).or_else(|| find_unknown_part(*value)),
        _ => None,
    }
}
