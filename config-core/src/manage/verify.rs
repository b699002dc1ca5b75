//! Checks the value of a field without its Rust type, and reports the parts that only the program
//! can check.

use crate::{
    decode::{DecodeError, verify},
    outcome::{Found, Payload},
    schema::{DefaultSpec, FieldSpec, Kind, Secrecy, TextFormat},
};

/// A part of a value that was not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnverifiedPart {
    /// The read returned only that the value exists.
    ExistsOnly,
    /// Only the type's own `Deserialize` or `FromStr` can check the value.
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
) -> Result<Vec<UnverifiedPart>, DecodeError> {
    let mut unverified = Vec::new();
    if matches!(*found.content, Payload::ExistsOnly) {
        return Ok(vec![UnverifiedPart::ExistsOnly]);
    }
    if secrecy == Secrecy::Yes && found.content.is_empty() {
        return Err(DecodeError::fixed("it is empty"));
    }
    let kind = spec.shape.kind;
    if spec.with {
        unverified.push(UnverifiedPart::With);
    } else {
        verify(kind, found.as_stored())
            .map_err(|error| error.redact_for_field(secrecy, found.content.text_or_empty()))?;
        unverified.extend(find_unknown_part(kind));
    }
    if spec.validated {
        unverified.push(UnverifiedPart::Validate);
    }
    Ok(unverified)
}

/// Checks the text of a default. Returns `None` if the field has no default, or if its default is
/// an expression.
pub(super) fn verify_default(spec: &FieldSpec) -> Option<Result<Vec<UnverifiedPart>, String>> {
    match spec.default? {
        // A load accepts an empty default, even if the field is secret.
        DefaultSpec::Text(text) => {
            let found = Found::from_text(text);
            let verified = verify_found(spec, Secrecy::Unknown, &found);
            Some(verified.map_err(|error| error.to_string()))
        }
        DefaultSpec::Code(_) => None,
    }
}

/// Returns the part of a value of this kind that only the Rust type can check. Returns `None` if
/// the kind determines the form of the value completely.
pub(super) fn find_unknown_part(kind: Kind) -> Option<UnverifiedPart> {
    match kind {
        Kind::Other | Kind::Format(TextFormat::FromStr) => Some(UnverifiedPart::Type),
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
