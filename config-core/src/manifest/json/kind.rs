//! What a stored text must be.

use crate::{manifest::out::Out, schema::Kind};
use serde::{Deserialize, Deserializer, de::Error};
use std::str::FromStr;

pub(super) const fn write(out: &mut Out<'_>, kind: &Kind) {
    let plain = match kind {
        Kind::Integer { min, max } => return write_integer(out, *min, *max),
        Kind::ListOf(item) => {
            out.open(b'{');
            out.name("list_of");
            write(out, item);
            out.close(b'}');
            return;
        }
        Kind::Bytes { length: Some(length) } => {
            out.open(b'{');
            out.name("bytes");
            out.number(*length as u128);
            out.close(b'}');
            return;
        }
        Kind::Bytes { length: None } => r#"{"bytes":null}"#,
        Kind::Float => r#""float""#,
        Kind::Bool => r#""bool""#,
        Kind::Char => r#""char""#,
        Kind::String => r#""string""#,
        Kind::Duration => r#""duration""#,
        Kind::Object => r#""object""#,
        Kind::Json => r#""json""#,
        Kind::Other => r#""other""#,
    };
    out.literal(plain);
}

const fn write_integer(out: &mut Out<'_>, min: i128, max: u128) {
    out.open(b'{');
    out.name("integer");
    out.open(b'{');
    out.name("min");
    out.exact(min < 0, min.unsigned_abs());
    out.name("max");
    out.exact(false, max);
    out.close(b'}');
    out.close(b'}');
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KindJson {
    Integer {
        #[serde(deserialize_with = "exact")]
        min: i128,
        #[serde(deserialize_with = "exact")]
        max: u128,
    },
    ListOf(Box<Self>),
    Bytes(Option<usize>),
    Float,
    Bool,
    Char,
    String,
    Duration,
    Object,
    Json,
    Other,
}

impl KindJson {
    pub(super) fn leak(self) -> Kind {
        match self {
            Self::Integer { min, max } => Kind::Integer { min, max },
            Self::ListOf(item) => Kind::ListOf(Box::leak(Box::new(item.leak()))),
            Self::Bytes(length) => Kind::Bytes { length },
            Self::Float => Kind::Float,
            Self::Bool => Kind::Bool,
            Self::Char => Kind::Char,
            Self::String => Kind::String,
            Self::Duration => Kind::Duration,
            Self::Object => Kind::Object,
            Self::Json => Kind::Json,
            Self::Other => Kind::Other,
        }
    }
}

/// A number that stands in a text.
fn exact<'de, D: Deserializer<'de>, T: FromStr>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_| Error::custom("no whole number in its range"))
}
