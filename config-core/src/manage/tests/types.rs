//! The types of fields, and the contents of stores.

use crate::{
    decode::{DecodeError, Probe, StoredValue, UnknownType as _},
    field_default::FieldDefault,
    outcome::Found,
    schema::{DefaultSpec, Shape},
    struct_decoder::{StructDecoder, ValidateFn},
};
use proptest::{prelude::*, sample::select};
use secrecy::{SecretBox, SecretSlice, SecretString};
use serde::Deserialize;
use serde_json::Value as Json;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::{NonZeroI8, NonZeroI64, NonZeroI128, NonZeroU8, NonZeroU16, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};
use url::Url;
use uuid::Uuid;

/// A type of a field, with the functions that generated code would call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// Decodes the field at an index, as generated code does.
    pub(super) load: fn(&mut StructDecoder<'_>, usize, Options) -> Option<()>,
    /// Whether a load accepts this stored value.
    pub(super) accepts: fn(StoredValue<'_>) -> bool,
}

/// The options of a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) default: Option<DefaultSpec>,
    /// Whether the field has a `with` module that accepts only values that are present.
    pub(super) with: bool,
    /// Whether the field has a `validate` function, which refuses every value.
    pub(super) validated: bool,
}

macro_rules! types {
    ($($right:literal: $($type:ty),+;)*) => {
        /// All types.
        pub(super) const TYPES: &[Type] = &[$($(Type {
            name: stringify!($type),
            shape: crate::private::shape!($type),
            load: |decoder, index, Options { default, with, validated }| {
                let make = || Probe::<$type>::decode(StoredValue::from_text($right)).expect("the text is valid");
                let default = default.map(|default| match default {
                    DefaultSpec::Code(_) => FieldDefault::unset(make),
                    DefaultSpec::Text(text) => FieldDefault::Text { text, serialize: |_| None },
                });
                let validate = validated.then_some((|_| Err("refused")) as ValidateFn<$type>);
                if with {
                    let default = default.or(Probe::<$type>::NONE.map(FieldDefault::unset));
                    let decode = |stored: StoredValue<'_>| {
                        if stored.is_absent() {
                            Err(DecodeError::missing())
                        } else {
                            Probe::<$type>::decode(stored)
                        }
                    };
                    return decoder.decode_field::<$type>(index, decode, default, validate).map(drop);
                }
                decoder.decode_field::<$type>(index, Probe::<$type>::decode, default, validate).map(drop)
            },
            accepts: |stored| Probe::<$type>::decode(stored).is_ok(),
        },)+)*];

        /// A text for each line of types. All types of the line accept the text.
        const VALID: &[&str] = &[$($right),*];
    };
}

types! {
    "1": u8, u16, i8, i64, u128, i128, usize, f32, f64, Option<u16>, Option<i128>;
    "1": NonZeroU8, NonZeroU16, NonZeroI8, NonZeroI64, NonZeroI128, NonZeroUsize, Option<NonZeroI8>;
    "1": Vec<u16>, Vec<f32>, Vec<NonZeroI8>, Vec<NonZeroU8>, Vec<i128>, BTreeSet<u8>, HashSet<u16>, VecDeque<u16>, Option<Vec<f64>>, Vec<Option<u16>>;
    "true": bool, Option<bool>, Vec<bool>;
    "x": char, String, SecretString, PathBuf, Box<str>, Option<String>, Vec<char>, Vec<String>, Vec<SecretString>, Option<Vec<String>>;
    "x": SecretBox<String>, Option<SecretString>, Vec<PathBuf>, Vec<Vec<String>>, SecretBox<Vec<String>>;
    "a,1": (String, u16), Option<(String, u16)>;
    "1,2": (u8, u8), [u16; 2], (Option<u16>, f64);
    "AQID": Vec<u8>, [u8; 3], SecretSlice<u8>, SecretBox<Vec<u8>>, Option<Vec<u8>>, Option<[u8; 3]>, Option<SecretSlice<u8>>;
    "AQID": SecretBox<[u8; 3]>, Option<SecretBox<[u8; 3]>>, Vec<Vec<u8>>, Option<Vec<Vec<u8>>>, Vec<[u8; 3]>, Vec<SecretSlice<u8>>;
    "AQID": Box<[u8]>, Vec<Option<Vec<u8>>>, SecretBox<Vec<Vec<u8>>>;
    "AQID,1": (Vec<u8>, u8);
    "{\"a\": \"AQID\"}": BTreeMap<String, Vec<u8>>, HashMap<String, Option<SecretBox<[u8; 3]>>>;
    "30s": Duration, Option<Duration>, Vec<Duration>, Option<Vec<Duration>>, Vec<Option<Duration>>;
    "1": Json, Option<Json>, Vec<Json>, Option<Vec<Json>>;
    "127.0.0.1": IpAddr, Ipv4Addr, Option<IpAddr>, Vec<IpAddr>, Option<Vec<Ipv4Addr>>, Vec<Option<IpAddr>>;
    "::1": Ipv6Addr, HashSet<Ipv6Addr>;
    "127.0.0.1:80": SocketAddr, Vec<SocketAddr>, SocketAddrV4;
    "[::1]:80": SocketAddrV6;
    "https://example.com/": Url, Option<Url>, Vec<Url>;
    "67e55044-10b1-426f-9247-bb680e5fe0c8": Uuid, Vec<Option<Uuid>>;
    "{\"a\": \"67e55044-10b1-426f-9247-bb680e5fe0c8\"}": BTreeMap<String, Uuid>;
    "{\"1\": 1}": HashMap<String, u8>, BTreeMap<u8, String>, BTreeMap<String, Option<f64>>, BTreeMap<String, Json>, Option<HashMap<String, String>>;
    "{\"127.0.0.1\": [\"1\", null]}": BTreeMap<IpAddr, [Option<u16>; 2]>, Box<BTreeMap<IpAddr, (u16, Option<bool>)>>;
    "{\"user\": \"u\", \"port\": 1}": Login, Option<Login>, SecretBox<Login>;
    "[{\"user\": \"u\", \"port\": 1}]": Vec<Login>;
    "Point": Choice, Option<Choice>, Vec<Choice>;
    "1": Untagged, Vec<Untagged>;
    "": ();
    "x": Parsed;
}

#[derive(Clone, Deserialize, zeroize::Zeroize)]
#[allow(dead_code, reason = "decoded, not read")]
pub(super) struct Login {
    user: String,
    port: u16,
    note: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded, not read")]
pub(super) enum Choice {
    Point,
    Circle(u16),
    Box { side: f32 },
}

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "decoded, not read")]
pub(super) enum Untagged {
    Number(f64),
    Text(String),
    Map(BTreeMap<String, Untagged>),
}

/// A type that accepts only strings of one byte.
pub(super) struct Parsed;

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() == 1 {
            Ok(Self)
        } else {
            Err(serde::de::Error::custom("not one byte"))
        }
    }
}

#[rustfmt::skip]
const TEXTS: &[&str] = &[
    "", " ", "\n", "0", "-0", "-1", " 7\n", "07", "255", "256", "-128", "-129", "18446744073709551616", "1.5", "1e3", "1e39", "-1e39", "1e400",
    "-1e400", "nan", "NaN", "inf", "-inf", "infinity", "-Infinity", "null", "true", "True", "é", "ab", "a,b", "0,1", "1,,2", "nan,1", "1e400,1",
    "null,1", "[]", "[0]", "[1,2]", "[null]", "[1,null]", "[\"a\",1]", "[\"null\"]", "[1e400]", "[nan]", "[[1],[2]]", "[[null]]", "[1", "{", "{}",
    "{\"a\":1}", "{\"a\":null}", "{\"a\":1e400}", "{\"a\":\"nan\"}", "{\"1\":null}", "{\"1\":\"null\"}", "{\"a\":\"\\ud800\"}", "{\"\\ud800\":1}",
    "{\"null\":1}", "{\" a \":1}", "{\"user\":null,\"port\":1}", "{\"user\":\"u\",\"port\":null}", "{\"user\":\"u\",\"port\":1,\"note\":null}",
    "{\"Circle\":null}", "{\"Circle\":1}", "{\"Box\":{\"side\":1e39}}", "{\"Point\":null}", "\"x\"", "\"\\ud800\"", "AQ==", "AQ", "AQID,AQID",
    "[\"AQID\",null]", "[\"AQID\"]", "AQI D", "30", "30s,1m", "[\"30s\",null]", "127.0.0.1,::1", " ::1\n", "[::1]:80", "127.0.0.1:0",
    "[\"127.0.0.1\"]", "256.0.0.1", "https://a b/", "HTTPS://EXAMPLE.COM", "a:b", "mailto:x", "67E5504410B1426F9247BB680E5FE0C8", "{67e55044-10b1-426f-9247-bb680e5fe0c8}", "[{\"user\":\"u\",\"port\":1},null]", "hunter2", "a b",
];

/// Generates any default of a field.
pub(super) fn default() -> impl Strategy<Value = Option<DefaultSpec>> {
    prop_oneof![
        9 => Just(None),
        2 => Just(Some(DefaultSpec::Code("it"))),
        2 => select(VALID).prop_map(|text| Some(DefaultSpec::Text(text))),
        2 => select(TEXTS).prop_map(|text| Some(DefaultSpec::Text(text))),
    ]
}

pub(super) fn text() -> impl Strategy<Value = String> {
    let base = prop_oneof![
        3 => select(VALID).prop_map(str::to_owned),
        8 => select(TEXTS).prop_map(str::to_owned),
        1 => (50_usize..80).prop_map(|depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth))),
        1 => (50_usize..80).prop_map(|depth| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth))),
        1 => "[\\[\\]{}\",:0-9a-z ]{0,12}",
    ];
    (base, 0_u8..12).prop_map(|(text, form)| match form {
        0 => format!("{text}\n"),
        1 => format!("{text},{text}"),
        2 => format!("[{text}]"),
        3 => format!(
            "[{}]",
            serde_json::to_string(&text).expect("a text can be written as JSON")
        ),
        4 => format!("{{\"k\":{text}}}"),
        5 => format!(
            "{{\"k\":{},\"1\":{text}}}",
            serde_json::to_string(&text).expect("a text can be written as JSON")
        ),
        6 => format!("{{\"a\":{{\"b\":{text}}}}}"),
        _ => text,
    })
}

/// Generates any content of a store.
pub(super) fn contents() -> impl Strategy<Value = Found> {
    prop_oneof![
        6 => text().prop_map(Found::from_text),
        2 => text().prop_map(Found::from_string_list),
        2 => text().prop_map(|text| Found::from_bytes(text.as_bytes())),
        1 => prop::collection::vec(any::<u8>(), 0..5).prop_map(Found::from_bytes),
    ]
}
