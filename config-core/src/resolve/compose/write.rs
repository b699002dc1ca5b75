//! Writes the value of a template.

use super::part::PartText;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stage_config_grammar::compose::{
    Component, ComposeTemplate, HOST, Part, Piece, Place, write_host,
};
use std::{collections::HashMap, fmt::Write as _};
use zeroize::Zeroizing;

/// The characters to encode: all except the unreserved ones (RFC 3986, section 2.3), which need no
/// encoding anywhere in a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The length of a percent-encoded byte.
const ENCODED_LENGTH: usize = 3;

/// The reason why a value does not fit its place in the URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PlaceError {
    pub(super) detail: String,
    /// What the value must be.
    pub(super) expected: String,
    /// The name of the part with the value.
    pub(super) name: String,
}

/// The maximum size of the memory of a composed value, in bytes. It is much larger than a parameter
/// or a secret. Without a maximum, a crafted artifact could fill the memory: its composed fields
/// could contain other composed fields many times.
const MAX_LENGTH: usize = 1024 * 1024;

type Texts<'a> = HashMap<&'a str, PartText<'a>>;

/// Writes the template with the texts of its parts. The memory of the result is allocated once, so
/// that no part of a secret remains in memory that is not wiped.
///
/// # Errors
///
/// Returns an error if a text does not fit its place, or if the result may be longer than 1 MiB.
/// The error contains no value.
pub(super) fn write_template(
    template: &ComposeTemplate,
    texts: &Texts<'_>,
) -> Result<Zeroizing<String>, PlaceError> {
    let capacity = template
        .components()
        .iter()
        .map(|component| count_bytes(component, texts));
    let capacity = capacity.fold(0, usize::saturating_add);
    if capacity > MAX_LENGTH {
        let name = template.parts().next().map(|part| part.name.clone());
        return Err(PlaceError {
            detail: "the composed value may be longer than 1 MiB".to_owned(),
            expected: "a shorter text".to_owned(),
            name: name.unwrap_or_default(),
        });
    }
    let mut to = Zeroizing::new(String::with_capacity(capacity));
    for component in template.components() {
        write_component(component, texts, &mut to)?;
    }
    Ok(to)
}

/// Checks whether `text` fits each component of the template in which `name` is the only part.
///
/// # Errors
///
/// Returns an error if the text does not fit its place. The error contains no value.
#[cfg(feature = "manage")]
pub(super) fn check_alone(
    template: &ComposeTemplate,
    name: &str,
    text: PartText<'_>,
) -> Result<(), PlaceError> {
    let texts = HashMap::from([(name, text)]);
    let is_alone = |component: &&Component| {
        let mut parts = component.parts();
        parts.all(|part| part.name == name)
    };
    for component in template.components().iter().filter(is_alone) {
        let capacity = count_bytes(component, &texts);
        let mut written = Zeroizing::new(String::with_capacity(capacity));
        write_component(component, &texts, &mut written)?;
    }
    Ok(())
}

/// Returns the maximum length of the text that is written for a component, in bytes.
fn count_bytes(component: &Component, texts: &Texts<'_>) -> usize {
    const BRACKETS: usize = 2;
    let pieces = component.pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.len(),
        Piece::Part(part) => ENCODED_LENGTH.saturating_mul(find_text(part, texts).len()),
    });
    pieces.fold(BRACKETS, usize::saturating_add)
}

fn write_component(
    component: &Component,
    texts: &Texts<'_>,
    to: &mut String,
) -> Result<(), PlaceError> {
    let place = component.place;
    let mut placeholders = component.parts();
    let empty = placeholders
        .clone()
        .find(|part| !part.raw && !place.may_be_empty() && find_text(part, texts).is_empty());
    if let Some(part) = empty {
        return Err(PlaceError {
            detail: format!("`{}` is empty, but is {place} of a URL", part.name),
            expected: "a text that is not empty".to_owned(),
            name: part.name.clone(),
        });
    }

    let start = to.len();
    let is_checked = matches!(place, Place::Host | Place::Port);
    for piece in &component.pieces {
        match piece {
            Piece::Text(text) => to.push_str(text),
            Piece::Part(part) => {
                let text = find_text(part, texts);
                if part.raw || is_checked {
                    to.push_str(text);
                } else {
                    to.extend(utf8_percent_encode(text, ENCODED));
                }
            }
        }
    }

    match placeholders.next() {
        Some(first) if place == Place::PathSegment || !component.has_raw_value() => {
            check(place, to, start).map_err(|expected| PlaceError {
                detail: format!("`{}` does not fit {place} of a URL", first.name),
                expected: expected.to_owned(),
                name: first.name.clone(),
            })
        }
        _ => Ok(()),
    }
}

/// Checks the text of a component, which begins at `start`, and writes a host or a port in its
/// canonical form.
///
/// # Errors
///
/// Returns what the text must be.
fn check(place: Place, to: &mut String, start: usize) -> Result<(), &'static str> {
    match place {
        Place::Host => {
            let host = Zeroizing::new(to.split_off(start));
            write_host(&host, to).map_err(|_| HOST)
        }
        Place::Port => {
            let port: u16 = to[start..].parse().map_err(|_| "a number up to 65535")?;
            to.truncate(start);
            // Writing to a String cannot fail.
            let _ = write!(to, "{port}");
            Ok(())
        }
        Place::PathSegment if matches!(&to[start..], "." | "..") => {
            Err("a text other than `.` and `..`, which name other places in the path")
        }
        _ => Ok(()),
    }
}

fn find_text<'a>(part: &Part, texts: &'a Texts<'_>) -> &'a str {
    texts.get(part.name.as_str()).map_or("", PartText::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decode::StoredText, schema::Kind};
    use proptest::prelude::*;

    proptest! {
        /// If the memory grew, a part of a secret would remain in the old memory.
        #[test]
        fn the_memory_is_allocated_once(user: String, path: String, host in "[a-z]{1,9}|::1|1.2.3.4") {
            let template = "x://{user}:{user:raw}@{host}:{port}/{path}?{path}#{path}";
            let template = ComposeTemplate::parse(template).unwrap();
            let values = [("user", &*user), ("path", &path), ("host", &host), ("port", "65535")];
            let texts = values
                .into_iter()
                .map(|(name, text)| (name, PartText::new(StoredText::Borrowed(text), Kind::String)))
                .collect();
            let components = template.components().iter();
            let capacity: usize = components.map(|component| count_bytes(component, &texts)).sum();
            if let Ok(written) = write_template(&template, &texts) {
                prop_assert_eq!(written.capacity(), capacity);
            }
        }
    }
}
