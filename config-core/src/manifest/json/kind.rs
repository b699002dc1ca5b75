//! The JSON of a field's kind.

use crate::{
    const_for::const_for,
    manifest::json_writer::JsonWriter,
    schema::{Kind, TextFormat},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use std::{fmt, str::FromStr};

pub(super) const fn write(out: &mut JsonWriter<'_>, kind: &Kind) {
    let word = match kind {
        Kind::Float { bits: 32 } => "float32",
        Kind::Float { .. } => "float",
        Kind::Bool => "bool",
        Kind::Char => "char",
        Kind::String => "string",
        Kind::Duration => "duration",
        Kind::Object => "object",
        Kind::Json => "json",
        Kind::Other => "other",
        Kind::Format(format) => format_name(*format),
        _ => {
            out.open(b'{');
            write_member(out, kind);
            out.close(b'}');
            return;
        }
    };
    out.write_text(word);
}

const fn format_name(format: TextFormat) -> &'static str {
    match format {
        TextFormat::IpAddr => "ip_addr",
        TextFormat::Ipv4Addr => "ipv4_addr",
        TextFormat::Ipv6Addr => "ipv6_addr",
        TextFormat::SocketAddr => "socket_addr",
        TextFormat::SocketAddrV4 => "socket_addr_v4",
        TextFormat::SocketAddrV6 => "socket_addr_v6",
        TextFormat::Url => "url",
        TextFormat::Uuid => "uuid",
        TextFormat::FromStr => "from_str",
    }
}

const fn write_member(out: &mut JsonWriter<'_>, kind: &Kind) {
    match kind {
        Kind::Integer { min, max, nonzero } => {
            out.write_name("integer");
            out.open(b'{');
            out.write_name("min");
            out.write_exact(*min < 0, min.unsigned_abs());
            out.write_name("max");
            out.write_exact(false, *max);
            out.write_flag("nonzero", *nonzero);
            out.close(b'}');
        }
        Kind::Bytes { length: None } => {
            out.write_name("bytes");
            out.write_literal("null");
        }
        Kind::Bytes {
            length: Some(length),
        } => {
            out.write_name("bytes");
            out.write_number(*length as u128);
        }
        Kind::ListOf(item) => write_inner(out, "list_of", item),
        Kind::SetOf(item) => write_inner(out, "set_of", item),
        Kind::Optional(inner) => write_inner(out, "optional", inner),
        Kind::Array { item, length } => {
            out.write_name("array");
            out.open(b'{');
            write_inner(out, "item", item);
            out.write_name("length");
            out.write_number(*length as u128);
            out.close(b'}');
        }
        Kind::Tuple(items) => {
            out.write_name("tuple");
            out.open(b'[');
            const_for!(items, |item| {
                write(out, item);
            });
            out.close(b']');
        }
        Kind::MapOf { key, value } => {
            out.write_name("map_of");
            out.open(b'{');
            write_inner(out, "key", key);
            write_inner(out, "value", value);
            out.close(b'}');
        }
        _ => {}
    }
}

const fn write_inner(out: &mut JsonWriter<'_>, name: &str, kind: &Kind) {
    out.write_name(name);
    write(out, kind);
}

/// A kind. A later version of this crate may add kinds, so an unknown kind is read as
/// [`Kind::Other`], which only the program can decode.
pub(super) struct KindJson(Kind);

impl KindJson {
    pub(super) fn into_kind(self) -> Kind {
        self.0
    }

    fn into_static_kind(self) -> &'static Kind {
        Box::leak(Box::new(self.0))
    }
}

impl<'de> Deserialize<'de> for KindJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor).map(Self)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kind")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Kind, E> {
        Ok(match word {
            "float32" => Kind::Float { bits: 32 },
            "float" => Kind::Float { bits: 64 },
            "bool" => Kind::Bool,
            "char" => Kind::Char,
            "string" => Kind::String,
            "duration" => Kind::Duration,
            "object" => Kind::Object,
            "json" => Kind::Json,
            "ip_addr" => Kind::Format(TextFormat::IpAddr),
            "ipv4_addr" => Kind::Format(TextFormat::Ipv4Addr),
            "ipv6_addr" => Kind::Format(TextFormat::Ipv6Addr),
            "socket_addr" => Kind::Format(TextFormat::SocketAddr),
            "socket_addr_v4" => Kind::Format(TextFormat::SocketAddrV4),
            "socket_addr_v6" => Kind::Format(TextFormat::SocketAddrV6),
            "url" => Kind::Format(TextFormat::Url),
            "uuid" => Kind::Format(TextFormat::Uuid),
            "from_str" => Kind::Format(TextFormat::FromStr),
            _ => Kind::Other,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let name: String = map
            .next_key()?
            .ok_or_else(|| Error::custom("a kind without a member"))?;
        let kind = match name.as_str() {
            "integer" => {
                let IntegerJson { min, max, nonzero } = map.next_value()?;
                Kind::Integer { min, max, nonzero }
            }
            "bytes" => Kind::Bytes {
                length: map.next_value()?,
            },
            "list_of" => Kind::ListOf(map.next_value::<KindJson>()?.into_static_kind()),
            "set_of" => Kind::SetOf(map.next_value::<KindJson>()?.into_static_kind()),
            "optional" => Kind::Optional(map.next_value::<KindJson>()?.into_static_kind()),
            "array" => {
                let ArrayJson { item, length } = map.next_value()?;
                Kind::Array {
                    item: item.into_static_kind(),
                    length,
                }
            }
            "tuple" => {
                let items: Vec<KindJson> = map.next_value()?;
                Kind::Tuple(super::leak_list(items, KindJson::into_kind))
            }
            "map_of" => {
                let MapJson { key, value } = map.next_value()?;
                Kind::MapOf {
                    key: key.into_static_kind(),
                    value: value.into_static_kind(),
                }
            }
            _ => map.next_value::<IgnoredAny>().map(|_| Kind::Other)?,
        };
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(kind)
    }
}

#[derive(Deserialize)]
struct IntegerJson {
    #[serde(deserialize_with = "deserialize_exact")]
    min: i128,
    #[serde(deserialize_with = "deserialize_exact")]
    max: u128,
    #[serde(default)]
    nonzero: bool,
}

#[derive(Deserialize)]
struct ArrayJson {
    item: KindJson,
    length: usize,
}

#[derive(Deserialize)]
struct MapJson {
    key: KindJson,
    value: KindJson,
}

/// Deserializes an integer that is written as a JSON string.
fn deserialize_exact<'de, D: Deserializer<'de>, T: FromStr>(
    deserializer: D,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| Error::custom("expected an integer in its range"))
}
