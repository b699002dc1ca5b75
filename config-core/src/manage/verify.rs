//! Whether a value's text is what its field takes, and what of that cannot be told without the program.

use crate::{
    decode::verify,
    outcome::{Content, Found},
    schema::{Kind, Secrecy, Value},
};

/// What a check of a value's text leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverified {
    /// The value was not asked for.
    Unseen,
    /// Only the type's own `Deserialize` knows.
    Type,
    /// The JSON is whole; what is in it, only the type knows.
    InsideOfJson,
    /// `#[config(with = "…")]` reads it.
    With,
    /// `#[config(validate = …)]` of the field.
    Validate,
}

pub(super) fn verify_found(value: &Value, secrecy: Secrecy, found: &Found) -> Result<Vec<Unverified>, String> {
    let mut open = Vec::new();
    if matches!(*found.content, Content::Unseen) {
        return Ok(vec![Unverified::Unseen]);
    }
    if secrecy == Secrecy::Yes && found.content.is_empty() {
        return Err("it is empty".to_owned());
    }
    let kind = value.shape.kind;
    if value.with {
        open.push(Unverified::With);
    } else {
        verify(kind, found.content.stored())
            .map_err(|error| error.for_field(secrecy, found.content.words()).to_string())?;
        open.extend(unknown_part(kind));
    }
    if value.validated {
        open.push(Unverified::Validate);
    }
    Ok(open)
}

/// What of a kind only the type knows.
pub(super) fn unknown_part(kind: Kind) -> Option<Unverified> {
    match kind {
        Kind::Other => Some(Unverified::Type),
        Kind::Object => Some(Unverified::InsideOfJson),
        Kind::ListOf(item) | Kind::Array { item, .. } | Kind::Optional(item) => unknown_part(*item),
        Kind::Tuple(items) => items.iter().find_map(|item| unknown_part(*item)),
        Kind::MapOf { key, value } => unknown_part(*key).or_else(|| unknown_part(*value)),
        _ => None,
    }
}
