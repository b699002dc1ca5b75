//! A stored value as a serde `Deserializer`: the table of values in code.

mod elements;
mod list;

use super::{DecodeError, bytes, json::Json};
use elements::Elements;
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use std::borrow::Cow;
use zeroize::Zeroizing;

/// Deeper than any configuration, and far from the end of a 2 MiB stack.
const MAX_DEPTH: u8 = 64;

/// What a store holds for a field, on its way into a type. A `with` module gets it as its `Deserializer`.
#[derive(Clone, Copy)]
pub struct Stored<'a> {
    form: Form<'a>,
    depth: u8,
}

#[derive(Clone, Copy)]
enum Form<'a> {
    Missing,
    Text(&'a str),
    /// A StringList: always split, also where it starts with `[`.
    List(&'a str),
    Binary(&'a [u8]),
    /// A value inside a JSON text.
    Json(Json<'a>),
}

impl<'a> Stored<'a> {
    /// Nothing.
    #[must_use]
    pub fn missing() -> Self {
        Self { form: Form::Missing, depth: 0 }
    }

    /// A text.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self { form: Form::Text(text), depth: 0 }
    }

    /// A comma-separated StringList.
    #[must_use]
    pub fn list(text: &'a str) -> Self {
        Self { form: Form::List(text), depth: 0 }
    }

    /// Bytes.
    #[must_use]
    pub fn binary(bytes: &'a [u8]) -> Self {
        Self { form: Form::Binary(bytes), depth: 0 }
    }

    /// A part of a list, which may be a list again for a type that holds itself.
    pub(super) fn item(text: &'a str, depth: u8) -> Self {
        Self { form: Form::Text(text), depth }
    }

    pub(super) fn json(json: Json<'a>, depth: u8) -> Self {
        Self { form: Form::Json(json), depth }
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.form, Form::Missing)
    }

    /// Reads a type that implements serde's `Deserialize`.
    ///
    /// A type that takes a `String` and parses it fails on a trailing newline, which is what editors and shells leave
    /// behind: it is given the trimmed text when it refuses the whole one.
    ///
    /// # Errors
    ///
    /// What the type expects, and where.
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, DecodeError> {
        let first = T::deserialize(self);
        match self.form {
            Form::Text(text) if first.is_err() && text.trim() != text => {
                T::deserialize(Self::text(text.trim())).or(first)
            }
            _ => first,
        }
    }

    pub(super) fn bytes(self) -> Result<Vec<u8>, DecodeError> {
        match self.form {
            Form::Binary(bytes) => Ok(bytes.to_vec()),
            _ => bytes::from_base64(&self.to_text()?),
        }
    }

    /// The text, exactly as it is stored.
    pub(crate) fn to_text(self) -> Result<Text<'a>, DecodeError> {
        match self.form {
            Form::Missing => Err(DecodeError::missing()),
            Form::Text(text) | Form::List(text) => Ok(Text::Borrowed(text)),
            Form::Binary(bytes) => {
                std::str::from_utf8(bytes).map(Text::Borrowed).map_err(|_| DecodeError::expected("text in UTF-8"))
            }
            Form::Json(json) => json.text().map(Text::Owned),
        }
    }

    /// Errors inside a JSON text get its line and column.
    fn blame<T>(self, result: Result<T, DecodeError>) -> Result<T, DecodeError> {
        match self.form {
            Form::Json(json) => result.map_err(|error| json.blame(error)),
            _ => result,
        }
    }

    fn parse<T: std::str::FromStr>(self, expected: impl std::fmt::Display) -> Result<T, DecodeError> {
        let text = self.to_text()?;
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(DecodeError::empty());
        }
        trimmed.parse().map_err(|_| DecodeError::expected(expected))
    }

    fn deeper(self) -> Result<u8, DecodeError> {
        if self.depth < MAX_DEPTH { Ok(self.depth + 1) } else { Err(DecodeError::expected("JSON that is less deep")) }
    }

    fn seq<'de, V: Visitor<'de>>(self, visitor: V, length: Option<usize>) -> Result<V::Value, DecodeError> {
        let depth = self.deeper()?;
        let expected = |length| DecodeError::expected(format_args!("{length} items"));
        let visit = |items: Vec<Stored<'_>>| match length {
            Some(length) if items.len() != length => Err(expected(length)),
            _ => visitor.visit_seq(Elements::new(items.into_iter())),
        };
        let result = match self.form {
            Form::Json(json) if json.is_array() => {
                json.items().and_then(|items| visit(items.into_iter().map(|item| Stored::json(item, depth)).collect()))
            }
            Form::Missing => Err(DecodeError::missing()),
            form => {
                let text = self.to_text()?;
                let items = list::items(&text, matches!(form, Form::List(_)), depth);
                items.and_then(visit)
            }
        };
        self.blame(result)
    }

    fn map<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let text = self.to_text()?;
        if text.trim().is_empty() {
            return Err(DecodeError::empty());
        }
        let json = self.object(&text)?;
        let entries = self.entries(json)?;
        visitor.visit_map(entries).map_err(|error| json.blame(error))
    }

    /// This value as a JSON object; `text` is its text, for a value that does not stand in a JSON document already.
    fn object<'t>(self, text: &'t str) -> Result<Json<'t>, DecodeError>
    where
        'a: 't,
    {
        match self.form {
            Form::Json(json) if json.is_object() => Ok(json),
            _ => Json::parse(text),
        }
    }

    fn entries<'t>(
        self,
        json: Json<'t>,
    ) -> Result<Elements<'t, impl Iterator<Item = (Cow<'t, str>, Stored<'t>)>>, DecodeError> {
        let depth = self.deeper()?;
        Ok(Elements::new(json.entries()?.into_iter().map(move |(key, value)| (key, Stored::json(value, depth)))))
    }
}

/// A text that is borrowed from the store's buffer, or was unescaped from JSON and is wiped afterwards.
pub(crate) enum Text<'a> {
    Borrowed(&'a str),
    Owned(Zeroizing<String>),
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
        }
    }
}

macro_rules! numbers {
    ($($method:ident, $visit:ident, $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let expected = format_args!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX);
            self.blame(self.parse::<$type>(expected).and_then(|number| visitor.$visit(number)))
        }
    )*};
}

impl<'de> Deserializer<'de> for Stored<'_> {
    type Error = DecodeError;

    numbers! {
        deserialize_i8, visit_i8, i8;
        deserialize_i16, visit_i16, i16;
        deserialize_i32, visit_i32, i32;
        deserialize_i64, visit_i64, i64;
        deserialize_i128, visit_i128, i128;
        deserialize_u8, visit_u8, u8;
        deserialize_u16, visit_u16, u16;
        deserialize_u32, visit_u32, u32;
        deserialize_u64, visit_u64, u64;
        deserialize_u128, visit_u128, u128;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.blame(self.parse("a number").and_then(|number| visitor.visit_f32(number)))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.blame(self.parse("a number").and_then(|number| visitor.visit_f64(number)))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.blame(self.parse("`true` or `false`").and_then(|value| visitor.visit_bool(value)))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let text = self.to_text()?;
        // A single space or comma is a character too: only a longer text is trimmed.
        let parsed = text.parse().or_else(|_| text.trim().parse());
        self.blame(parsed.map_err(|_| DecodeError::expected("one character")).and_then(|c| visitor.visit_char(c)))
    }

    /// Types that parse (`Url`, `IpAddr`) ask for a `str`: trimmed.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.blame(visitor.visit_str(self.to_text()?.trim()))
    }

    /// Types that keep text (`String`, `PathBuf`) ask for a `String`: to the byte.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.blame(visitor.visit_str(&self.to_text()?))
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.blame(visitor.visit_byte_buf(self.bytes()?))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.form {
            Form::Missing => visitor.visit_none(),
            Form::Json(json) if json.is_null() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.to_text()?.trim().is_empty() {
            visitor.visit_unit()
        } else {
            self.blame(Err(DecodeError::expected("an empty text")))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.seq(visitor, None)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.seq(visitor, Some(length))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.seq(visitor, Some(length))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let text = self.to_text()?;
        let trimmed = text.trim();
        if trimmed.starts_with('{') {
            let json = self.object(trimmed)?;
            let access = de::value::MapAccessDeserializer::new(self.entries(json)?);
            return visitor.visit_enum(access).map_err(|error| json.blame(error));
        }
        if trimmed.is_empty() {
            return Err(DecodeError::empty());
        }
        self.blame(visitor.visit_enum(IntoDeserializer::<DecodeError>::into_deserializer(trimmed)))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    /// For types that look at the data (`serde_json::Value`, untagged enums): JSON where the text is JSON, else text.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.form {
            Form::Missing => visitor.visit_none(),
            Form::Binary(bytes) => visitor.visit_bytes(bytes),
            Form::List(_) => self.seq(visitor, None),
            Form::Text(text) => match Json::parse(text) {
                Ok(json) => Stored::json(json, self.depth).deserialize_any(visitor),
                Err(_) => visitor.visit_str(text),
            },
            Form::Json(json) if json.is_null() => visitor.visit_unit(),
            Form::Json(json) if json.is_bool() => self.deserialize_bool(visitor),
            Form::Json(json) if json.is_string() => self.deserialize_string(visitor),
            Form::Json(json) if json.is_array() => self.seq(visitor, None),
            Form::Json(json) if json.is_object() => self.map(visitor),
            Form::Json(_) => self.number(visitor),
        }
    }
}

impl Stored<'_> {
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let text = self.to_text()?;
        let result = match (text.parse::<u64>(), text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), ..) => visitor.visit_u64(number),
            (_, Ok(number), _) => visitor.visit_i64(number),
            (.., Ok(number)) => visitor.visit_f64(number),
            _ => Err(DecodeError::expected("a number")),
        };
        self.blame(result)
    }
}
