//! Checks, at compile time, whether the text of a default or of a `value:` source fits the kind of
//! the field.
//!
//! The derive does not know the type of the field, and a `const` cannot run the decoder. So the
//! derive tries the parsers of the decoder and emits the names of the forms that the text has, such
//! as `bool` or `duration`. [`assert_literal_text`] gets these names and the kind of the field, and
//! refuses a text that does not have the form of this kind. If the kind is a JSON object, the only
//! check is whether the text begins with `{`. Other JSON, URLs, UUIDs and the types of the program
//! are checked only by the decoder.

use crate::{
    const_for::const_for,
    nesting::{PanicMessage, contains, str_eq},
    schema::{Kind, TextFormat},
};

/// A text that the source code contains, and what the derive found out about it.
pub struct LiteralText {
    /// The trimmed text.
    pub text: &'static str,
    /// The names of the forms that the text has. `find_form` contains all names. The list never has
    /// `integer` and `base64`, because `is_integer` and the field `bytes` are used instead.
    pub forms: &'static [&'static str],
    /// The number of bytes, if the text is base64.
    pub bytes: Option<usize>,
    /// For a form that the text does not have: the form, and a hint about the probable meaning of
    /// the text.
    pub hints: &'static [(&'static str, &'static str)],
    /// The items between commas, if there are two or more and the text begins with neither `[` nor
    /// `"`.
    pub items: &'static [LiteralText],
}

/// Refuses a text that the decoder would refuse. The documentation of the module names the texts
/// that only the decoder checks. `subject` names the text in messages: ``the default of
/// `port` ``.
///
/// # Panics
///
/// Panics if the text does not fit the kind. In a `const`, this is a compile error.
#[track_caller]
pub const fn assert_literal_text(subject: &str, kind: Kind, literal: &LiteralText) {
    check(subject, kind, literal, None);
}

#[track_caller]
const fn check(subject: &str, kind: Kind, literal: &LiteralText, item: Option<usize>) {
    match kind {
        Kind::Optional(inner) => check(subject, *inner, literal, item),
        Kind::ListOf(kind) | Kind::SetOf(kind) if is_plain_list(literal) => {
            check_items(subject, *kind, literal);
        }
        Kind::Array { item: kind, length } if is_plain_list(literal) => {
            check_length(subject, literal, length);
            check_items(subject, *kind, literal);
        }
        Kind::Tuple(kinds) if is_plain_list(literal) => {
            check_length(subject, literal, kinds.len());
            let mut index = 0;
            while index < kinds.len() {
                check(
                    subject,
                    kinds[index],
                    item_at(literal, index),
                    Some(index + 1),
                );
                index += 1;
            }
        }
        Kind::Integer { min, max, nonzero } => {
            if !is_integer(literal.text, min, max, nonzero) {
                refuse(subject, kind, literal, item);
            }
        }
        Kind::Bytes { length } => check_bytes(subject, length, literal, item),
        kind => {
            if let Some(form) = find_form(kind)
                && !contains(literal.forms, form)
            {
                refuse(subject, kind, literal, item);
            }
        }
    }
}

#[track_caller]
const fn check_bytes(
    subject: &str,
    length: Option<usize>,
    literal: &LiteralText,
    item: Option<usize>,
) {
    match (literal.bytes, length) {
        (None, _) => refuse(subject, Kind::Bytes { length }, literal, item),
        (Some(found), Some(length)) if found != length => {
            let message = describe_kind(
                start_message(subject),
                Kind::Bytes {
                    length: Some(length),
                },
            );
            name_item(message, item)
                .text(", but the text is the base64 of ")
                .number(found as u128)
                .raise()
        }
        _ => {}
    }
}

#[track_caller]
const fn check_items(subject: &str, kind: Kind, literal: &LiteralText) {
    let mut index = 0;
    while index < count_items(literal) {
        check(subject, kind, item_at(literal, index), Some(index + 1));
        index += 1;
    }
}

#[track_caller]
const fn check_length(subject: &str, literal: &LiteralText, length: usize) {
    if count_items(literal) != length {
        start_message(subject)
            .number(length as u128)
            .text(" items between commas, or a JSON array")
            .raise();
    }
}

/// Returns true if the decoder always splits the text at its commas. The decoder may read a text
/// that begins with `[` or `"` as JSON instead.
const fn is_plain_list(literal: &LiteralText) -> bool {
    !matches!(literal.text.as_bytes(), [b'[' | b'"', ..])
}

const fn count_items(literal: &LiteralText) -> usize {
    match literal.items.len() {
        0 if literal.text.is_empty() => 0,
        0 => 1,
        count => count,
    }
}

const fn item_at(literal: &LiteralText, index: usize) -> &LiteralText {
    if literal.items.is_empty() {
        literal
    } else {
        &literal.items[index]
    }
}

const fn is_integer(text: &str, min: i128, max: u128, nonzero: bool) -> bool {
    match (
        i128::from_str_radix(text, 10),
        u128::from_str_radix(text, 10),
    ) {
        (Ok(0), _) if nonzero => false,
        (_, Ok(number)) => number <= max && (min < 1 || number >= min.unsigned_abs()),
        // An unsigned type refuses `-0`.
        (Ok(number), _) => min < 0 && number >= min,
        (Err(_), Err(_)) => false,
    }
}

/// Returns the form that a text of the kind must have, or `None` for a kind whose texts have no
/// form to check here.
const fn find_form(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Integer { .. } => "integer",
        Kind::Float { bits: 32 } => "float32",
        Kind::Float { .. } => "float",
        Kind::Bool => "bool",
        Kind::Char => "char",
        Kind::Duration => "duration",
        Kind::Bytes { .. } => "base64",
        Kind::MapOf { .. } | Kind::Object => "object",
        Kind::Format(TextFormat::IpAddr) => "ip_addr",
        Kind::Format(TextFormat::Ipv4Addr) => "ipv4_addr",
        Kind::Format(TextFormat::Ipv6Addr) => "ipv6_addr",
        Kind::Format(TextFormat::SocketAddr) => "socket_addr",
        Kind::Format(TextFormat::SocketAddrV4) => "socket_addr_v4",
        Kind::Format(TextFormat::SocketAddrV6) => "socket_addr_v6",
        _ => return None,
    })
}

const fn start_message(subject: &str) -> PanicMessage {
    PanicMessage::new()
        .text(subject)
        .text(" cannot be read: expected ")
}

#[track_caller]
const fn refuse(subject: &str, kind: Kind, literal: &LiteralText, item: Option<usize>) -> ! {
    let message = name_item(describe_kind(start_message(subject), kind), item);
    if let Some(form) = find_form(kind) {
        const_for!(literal.hints, |&(hinted_form, hint)| {
            if str_eq(hinted_form, form) {
                message.text("; ").text(hint).raise();
            }
        });
    }
    message.raise()
}

const fn name_item(message: PanicMessage, item: Option<usize>) -> PanicMessage {
    match item {
        Some(number) => message.text(" (item ").number(number as u128).text(")"),
        None => message,
    }
}

const fn describe_kind(message: PanicMessage, kind: Kind) -> PanicMessage {
    match kind {
        Kind::Integer { min, max, nonzero } => message
            .text("a whole number from ")
            .text(if min < 0 { "-" } else { "" })
            .number(min.unsigned_abs())
            .text(" to ")
            .number(max)
            .text(if nonzero { ", but not 0" } else { "" }),
        Kind::Bytes {
            length: Some(length),
        } => message
            .text("the base64 of ")
            .number(length as u128)
            .text(" bytes"),
        // For these two kinds, the decoder's errors use these texts, which say more than
        // `describe_fixed`.
        Kind::Float { .. } => message.text("a finite number"),
        Kind::Duration => {
            message.text("a duration with its unit, as in `30s`, `5m`, `1h 30m` or `250ms`")
        }
        kind => message.text(match kind.describe_fixed() {
            Some(text) => text,
            None => "another text",
        }),
    }
}
