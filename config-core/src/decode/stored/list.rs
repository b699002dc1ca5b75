//! Lists: a StringList, a JSON array, or items between commas.

use super::Stored;
use crate::decode::{DecodeError, json::Json};

/// The items of a list. Empty text is the empty list; items are trimmed.
pub(super) fn items<'a>(text: &'a str, string_list: bool, depth: u8) -> Result<Vec<Stored<'a>>, DecodeError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(Vec::new());
    }
    if !string_list && trimmed.starts_with('[') {
        return Ok(Json::parse(text)?.items()?.into_iter().map(|item| Stored::json(item, depth)).collect());
    }
    Ok(trimmed.split(',').map(|item| Stored::item(item.trim(), depth)).collect())
}
