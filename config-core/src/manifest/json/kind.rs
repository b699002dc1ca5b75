//! What a stored text must be.

use crate::{
    manifest::out::Out,
    schema::{Format, Kind},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use std::{fmt, str::FromStr};

pub(super) const fn write(out: &mut Out<'_>, kind: &Kind) {
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
        Kind::Format(format) => word_of(*format),
        _ => {
            out.open(b'{');
            write_member(out, kind);
            out.close(b'}');
            return;
        }
    };
    out.text(word);
}

const fn word_of(format: Format) -> &'static str {
    match format {
        Format::IpAddr => "ip_addr",
        Format::Ipv4Addr => "ipv4_addr",
        Format::Ipv6Addr => "ipv6_addr",
        Format::SocketAddr => "socket_addr",
        Format::SocketAddrV4 => "socket_addr_v4",
        Format::SocketAddrV6 => "socket_addr_v6",
        Format::Url => "url",
        Format::Uuid => "uuid",
    }
}

const fn write_member(out: &mut Out<'_>, kind: &Kind) {
    match kind {
        Kind::Integer { min, max, nonzero } => {
            out.name("integer");
            out.open(b'{');
            out.name("min");
            out.exact(*min < 0, min.unsigned_abs());
            out.name("max");
            out.exact(false, *max);
            out.flag("nonzero", *nonzero);
            out.close(b'}');
        }
        Kind::Bytes { length: None } => {
            out.name("bytes");
            out.literal("null");
        }
        Kind::Bytes { length: Some(length) } => {
            out.name("bytes");
            out.number(*length as u128);
        }
        Kind::ListOf(item) => write_inner(out, "list_of", item),
        Kind::Optional(inner) => write_inner(out, "optional", inner),
        Kind::Array { item, length } => {
            out.name("array");
            out.open(b'{');
            write_inner(out, "item", item);
            out.name("length");
            out.number(*length as u128);
            out.close(b'}');
        }
        Kind::Tuple(items) => {
            out.name("tuple");
            out.open(b'[');
            let mut index = 0;
            while index < items.len() {
                write(out, &items[index]);
                index += 1;
            }
            out.close(b']');
        }
        Kind::MapOf { key, value } => {
            out.name("map_of");
            out.open(b'{');
            write_inner(out, "key", key);
            write_inner(out, "value", value);
            out.close(b'}');
        }
        _ => {}
    }
}

const fn write_inner(out: &mut Out<'_>, name: &str, kind: &Kind) {
    out.name(name);
    write(out, kind);
}

/// A kind that is not known is one that only the program can read: a later version of this crate may know more kinds.
pub(super) struct KindJson(Kind);

impl KindJson {
    pub(super) fn leak(self) -> Kind {
        self.0
    }

    fn leaked(self) -> &'static Kind {
        Box::leak(Box::new(self.0))
    }
}

impl<'de> Deserialize<'de> for KindJson {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(KindVisitor).map(Self)
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
            "ip_addr" => Kind::Format(Format::IpAddr),
            "ipv4_addr" => Kind::Format(Format::Ipv4Addr),
            "ipv6_addr" => Kind::Format(Format::Ipv6Addr),
            "socket_addr" => Kind::Format(Format::SocketAddr),
            "socket_addr_v4" => Kind::Format(Format::SocketAddrV4),
            "socket_addr_v6" => Kind::Format(Format::SocketAddrV6),
            "url" => Kind::Format(Format::Url),
            "uuid" => Kind::Format(Format::Uuid),
            _ => Kind::Other,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let name: String = map.next_key()?.ok_or_else(|| Error::custom("a kind without a member"))?;
        let kind = match name.as_str() {
            "integer" => {
                let IntegerJson { min, max, nonzero } = map.next_value()?;
                Kind::Integer { min, max, nonzero }
            }
            "bytes" => Kind::Bytes { length: map.next_value()? },
            "list_of" => Kind::ListOf(map.next_value::<KindJson>()?.leaked()),
            "optional" => Kind::Optional(map.next_value::<KindJson>()?.leaked()),
            "array" => {
                let ArrayJson { item, length } = map.next_value()?;
                Kind::Array { item: item.leaked(), length }
            }
            "tuple" => {
                let items: Vec<KindJson> = map.next_value()?;
                Kind::Tuple(super::list(items, KindJson::leak))
            }
            "map_of" => {
                let MapJson { key, value } = map.next_value()?;
                Kind::MapOf { key: key.leaked(), value: value.leaked() }
            }
            _ => map.next_value::<IgnoredAny>().map(|_| Kind::Other)?,
        };
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(kind)
    }
}

#[derive(Deserialize)]
struct IntegerJson {
    #[serde(deserialize_with = "exact")]
    min: i128,
    #[serde(deserialize_with = "exact")]
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

/// A number that stands in a text.
fn exact<'de, D: Deserializer<'de>, T: FromStr>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_| Error::custom("no whole number in its range"))
}
