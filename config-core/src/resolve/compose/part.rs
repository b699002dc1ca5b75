//! The texts of the parts of a composed field.

use super::super::{FieldOutcome, ResolvedField};
use crate::{
    decode::StoredText,
    outcome::{Found, Payload},
    schema::{DefaultSpec, FieldSpec, Kind},
};
use stage_config_grammar::white_space::trim;
use zeroize::Zeroizing;

/// The text of a part for a template, or the reason why there is no text.
pub(super) enum PartValue<'a> {
    Text(PartText<'a>),
    /// The part has neither a value nor a default.
    Unset,
    /// The value exists, but was not read.
    NotRead,
    /// The part failed, or its value is not a text.
    Failed,
}

/// The text of a part. Many types, such as numbers, ignore white space around their text. For such
/// a type, the template gets the text without this white space.
pub(super) struct PartText<'a> {
    text: StoredText<'a>,
    is_trimmed: bool,
}

impl<'a> PartText<'a> {
    pub(super) fn new(text: StoredText<'a>, kind: Kind) -> Self {
        let is_trimmed = !matches!(kind, Kind::String | Kind::Char | Kind::Other);
        Self { text, is_trimmed }
    }

    /// Reads a stored value. Returns `None` if it is not a text.
    pub(super) fn read(found: &'a Found, kind: Kind) -> Option<Self> {
        let text = found.as_stored().to_number_text().ok()?;
        Some(Self::new(text, kind))
    }

    pub(super) fn as_str(&self) -> &str {
        if self.is_trimmed {
            trim(&self.text)
        } else {
            &self.text
        }
    }
}

/// Reads a part: its stored text, or the text of its default.
pub(super) fn read_part(part: &ResolvedField) -> PartValue<'_> {
    let kind = part.spec.shape.kind;
    let text = match &part.outcome {
        FieldOutcome::Found { found, .. } if matches!(*found.content, Payload::ExistsOnly) => {
            return PartValue::NotRead;
        }
        FieldOutcome::Found { found, .. } => PartText::read(found, kind),
        FieldOutcome::Missing(_) if part.spec.default.is_some() => {
            find_default(part.spec).map(|text| PartText::new(text, kind))
        }
        // A required field also counts as unset, because its optional struct may be absent.
        FieldOutcome::Missing(_) => return PartValue::Unset,
        FieldOutcome::Failed(_) => None,
    };
    text.map_or(PartValue::Failed, PartValue::Text)
}

/// Returns the text of a default. The program compiles only if the default of a part has a text.
fn find_default(spec: &FieldSpec) -> Option<StoredText<'_>> {
    match spec.default? {
        DefaultSpec::Text(text) => Some(StoredText::Borrowed(text)),
        DefaultSpec::Code(code) => {
            let digits = Zeroizing::new(code.replace('_', ""));
            Some(StoredText::Owned(digits))
        }
    }
}
