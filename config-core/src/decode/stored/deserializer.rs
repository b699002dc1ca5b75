//! The serde `Deserializer` of a stored value, for simple types such as numbers and for the
//! program's own types.

use super::{StoredContent, StoredValue, elements::Elements};
use crate::{
    decode::{DecodeError, json::JsonValue},
    typed_value::{TypedData, TypedValue},
};
use serde::de::{self, Deserializer, IntoDeserializer, Visitor, value::SeqDeserializer};
use stage_config_grammar::white_space::trim;

macro_rules! numbers {
    ($($method:ident, $visit:ident, $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let expected = format_args!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX);
            self.locate_error(self.parse::<$type>(expected).and_then(|number| visitor.$visit(number)))
        }
    )*};
}

impl<'de> Deserializer<'de> for StoredValue<'_> {
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
        let number = self
            .parse("a number")
            .and_then(|number| check_finite(number, f32::is_finite));
        self.locate_error(number.and_then(|number| visitor.visit_f32(number)))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let number = self
            .parse("a number")
            .and_then(|number| check_finite(number, f64::is_finite));
        self.locate_error(number.and_then(|number| visitor.visit_f64(number)))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.locate_error(
            self.parse("`true` or `false`")
                .and_then(|value| visitor.visit_bool(value)),
        )
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let text = self.to_text()?;
        // A single space is also a character, so only a longer text is trimmed.
        let parsed = text.parse().or_else(|_| trim(&text).parse());
        self.locate_error(
            parsed
                .map_err(|_| DecodeError::expected("one character"))
                .and_then(|c| visitor.visit_char(c)),
        )
    }

    /// Types that parse text, such as `Url` and `IpAddr`, ask serde for a `str` and get the trimmed
    /// text. The name of an entry of a map is not trimmed.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.content {
            StoredContent::Key(key) => visitor.visit_str(key),
            _ => self.locate_error(visitor.visit_str(trim(&self.to_text()?))),
        }
    }

    /// Types that keep text, such as `String` and `PathBuf`, ask serde for a `String` and get the
    /// unchanged text.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.locate_error(visitor.visit_str(&self.to_text()?))
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.locate_error(visitor.visit_byte_buf(self.to_bytes()?))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_absent() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.content {
            StoredContent::Json(_) | StoredContent::Typed(_) if self.is_absent() => {
                visitor.visit_unit()
            }
            _ if trim(&self.to_text()?).is_empty() => visitor.visit_unit(),
            _ => self.locate_error(Err(DecodeError::expected("an empty text"))),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.with_items(None, |items| visitor.visit_seq(Elements::new(items)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.with_items(Some(length), |items| {
            visitor.visit_seq(Elements::new(items))
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.with_entries(|entries| visitor.visit_map(Elements::new(entries)))
    }

    /// Reads a `Duration` inside a type of the program's own from the same texts as a field of the
    /// type `Duration`, such as `30s`. Also accepts serde's own form, an object of seconds and
    /// nanoseconds.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == "Duration" && fields == ["secs", "nanos"] && !self.is_object() {
            let duration = self.parse_duration()?;
            return visitor.visit_seq(SeqDeserializer::<_, DecodeError>::new(
                [duration.as_secs(), duration.subsec_nanos().into()].into_iter(),
            ));
        }
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if self.is_object() {
            return self.with_entries(|entries| {
                visitor.visit_enum(de::value::MapAccessDeserializer::new(Elements::new(
                    entries,
                )))
            });
        }
        match trim(&self.to_text()?) {
            "" => Err(DecodeError::empty()),
            text if JsonValue::parse(text).is_ok_and(JsonValue::holds_json) => {
                JsonValue::parse(text).and_then(|json| Err(json.not_a_container("a JSON object")))
            }
            name => self.locate_error(
                visitor.visit_enum(IntoDeserializer::<DecodeError>::into_deserializer(name)),
            ),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    /// Decodes a type that inspects the data, such as an untagged enum. A text is read as JSON if
    /// it is JSON, otherwise as text.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.content {
            StoredContent::Missing => visitor.visit_none(),
            StoredContent::Binary(bytes) => visitor.visit_bytes(bytes),
            StoredContent::List(_) => self.deserialize_seq(visitor),
            StoredContent::Key(key) => visitor.visit_str(key),
            StoredContent::Text(text) => match JsonValue::parse(text) {
                Ok(json) => StoredValue::from_json(json, self.depth).deserialize_any(visitor),
                Err(_) => visitor.visit_str(text),
            },
            StoredContent::Typed(value) => match &value.data {
                TypedData::Null => visitor.visit_unit(),
                TypedData::Text => self.deserialize_string(visitor),
                TypedData::Scalar(json) => {
                    StoredValue::from_json(JsonValue::parse(json)?, self.depth)
                        .deserialize_any(visitor)
                }
                TypedData::List(_) => self.deserialize_seq(visitor),
                TypedData::Table(_) => self.deserialize_map(visitor),
            },
            StoredContent::Json(json) if json.is_null() => visitor.visit_unit(),
            StoredContent::Json(json) if json.is_bool() => self.deserialize_bool(visitor),
            StoredContent::Json(json) if json.is_string() => self.deserialize_string(visitor),
            StoredContent::Json(json) if json.is_array() => self.deserialize_seq(visitor),
            StoredContent::Json(json) if json.is_object() => self.deserialize_map(visitor),
            StoredContent::Json(_) => self.deserialize_number(visitor),
        }
    }
}

impl StoredValue<'_> {
    /// Returns whether the value is a table, or looks like a JSON object.
    fn is_object(self) -> bool {
        match self.content {
            StoredContent::Typed(TypedValue {
                data: TypedData::Table(_),
                ..
            }) => true,
            _ => self
                .to_text()
                .is_ok_and(|text| trim(&text).starts_with('{')),
        }
    }

    fn deserialize_number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let text = self.to_text()?;
        match (text.parse::<u64>(), text.parse::<i64>()) {
            (Ok(number), _) => self.locate_error(visitor.visit_u64(number)),
            (_, Ok(number)) => self.locate_error(visitor.visit_i64(number)),
            _ => self.deserialize_f64(visitor),
        }
    }
}

/// Rejects `nan`, `inf` and numbers that are too large. Rust parses them, but no configuration
/// needs them.
fn check_finite<T: Copy>(number: T, is_finite: fn(T) -> bool) -> Result<T, DecodeError> {
    if is_finite(number) {
        Ok(number)
    } else {
        Err(DecodeError::expected("a finite number"))
    }
}
