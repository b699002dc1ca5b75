//! What a field's type tells at compile time, and how it is decoded.
//!
//! Generated code names `Probe::<T>::KIND`, `::decode` and so on for the field's concrete type `T`. An inherent item wins
//! over the blanket trait [`Unknown`]'s, and type aliases are seen through: `type Key = SecretString` is a secret. This
//! works for concrete types only (inside `impl<T> Probe<Option<T>>` the blanket one would win), so each known `T` is
//! enumerated with `Option<T>`, `Vec<T>` and `Option<Vec<T>>`.

mod known;

use super::{DecodeError, Stored, bytes};
use crate::{
    layers::Shown,
    schema::{Kind, Secrecy},
};
use secrecy::{SecretBox, SecretSlice, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    any::{Any, TypeId},
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    marker::PhantomData,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use zeroize::Zeroize;

/// Stands for a type, to ask about it.
pub struct Probe<T: ?Sized>(PhantomData<T>);

/// The answers for a type that is not enumerated.
pub trait Unknown {
    /// The type itself, which an associated function cannot name otherwise.
    type Target: ?Sized;
    /// See [`Kind`].
    const KIND: Kind = Kind::Other;
    /// A list of something.
    const LIST: bool = false;
    /// An `Option`.
    const OPTIONAL: bool = false;
    /// See [`Secrecy`].
    const SECRECY: Secrecy = Secrecy::Unknown;
    /// The type holds a secret.
    const HOLDS_SECRETS: bool = false;

    /// Reads any type that implements serde's `Deserialize`.
    ///
    /// # Errors
    ///
    /// See [`Stored::decode`].
    fn decode(stored: Stored<'_>) -> Result<Self::Target, DecodeError>
    where
        Self::Target: Decodable,
    {
        stored.decode()
    }

    /// The value of a default for somebody else's Figment: not known for a type without `Serialize`.
    fn show(_: &Self::Target) -> Option<Shown> {
        None
    }
}

impl<T: Serialize + 'static> Probe<T> {
    /// The value of a default for somebody else's Figment.
    pub fn show(value: &T) -> Option<Shown> {
        // In the form in which it would be stored, which is not serde's own.
        match (value as &dyn Any).downcast_ref::<Duration>() {
            Some(duration) => Shown::of(&humantime::format_duration(*duration).to_string()),
            None => Shown::of(value),
        }
    }
}

/// serde's `DeserializeOwned`, with words for those who forgot it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a stored value",
    label = "does not implement `serde::Deserialize`",
    note = "derive `serde::Deserialize` for it, or read it with `#[config(with = \"module\")]`",
    note = "if it derives `StageConfig`, write `#[config(nested)]` on the field"
)]
pub trait Decodable: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Decodable for T {}

impl<T: ?Sized> Unknown for Probe<T> {
    type Target = T;
}

impl<T> Probe<Option<T>> {
    /// An `Option`.
    pub const OPTIONAL: bool = true;
}

macro_rules! kinds {
    ($($kind:expr => $($type:ty),+;)*) => {$($(
        impl Probe<$type> {
            /// See [`Kind`].
            pub const KIND: Kind = $kind;
        }
        impl Probe<Option<$type>> {
            /// See [`Kind`].
            pub const KIND: Kind = $kind;
        }
    )+)*};
}

/// The same kinds with a list around them. Not for `u8`: `Vec<u8>` is bytes.
macro_rules! kinds_and_lists {
    ($($kind:expr => $($type:ty),+;)*) => {$(
        kinds! { $kind => $($type),+; Kind::ListOf(&$kind) => $(Vec<$type>),+; }
    )*};
}

macro_rules! integers {
    ($($type:ty, $nonzero:ident, $min:expr;)*) => {
        kinds_and_lists! {$(
            Kind::Integer { min: <$type>::MIN as i128, max: <$type>::MAX as u128 } => $type;
            Kind::Integer { min: $min, max: <$type>::MAX as u128 } => std::num::$nonzero;
        )*}
    };
}

integers! {
    i8, NonZeroI8, i8::MIN as i128;
    i16, NonZeroI16, i16::MIN as i128;
    i32, NonZeroI32, i32::MIN as i128;
    i64, NonZeroI64, i64::MIN as i128;
    i128, NonZeroI128, i128::MIN;
    isize, NonZeroIsize, isize::MIN as i128;
    u16, NonZeroU16, 1;
    u32, NonZeroU32, 1;
    u64, NonZeroU64, 1;
    u128, NonZeroU128, 1;
    usize, NonZeroUsize, 1;
}

kinds! {
    Kind::Integer { min: 0, max: u8::MAX as u128 } => u8;
    Kind::Integer { min: 1, max: u8::MAX as u128 } => std::num::NonZeroU8;
    Kind::Bytes { length: None } => Vec<u8>, SecretSlice<u8>;
}

kinds_and_lists! {
    Kind::Float => f32, f64;
    Kind::Bool => bool;
    Kind::Char => char;
    Kind::String => String, Box<str>, Arc<str>, PathBuf, SecretString;
    Kind::Duration => Duration;
    Kind::Json => serde_json::Value;
}

macro_rules! generic {
    ($const:ident: $type:ty = $value:expr => $([$($param:ident),*] $for:ty),+ $(,)?) => {$(
        impl<$($param),*> Probe<$for> {
            #[doc = "See the trait."]
            pub const $const: $type = $value;
        }
        impl<$($param),*> Probe<Option<$for>> {
            #[doc = "See the trait."]
            pub const $const: $type = $value;
        }
    )+};
}

generic! { KIND: Kind = Kind::Object => [K, V, S] HashMap<K, V, S>, [K, V] BTreeMap<K, V> }
generic! { LIST: bool = true => [T] Vec<T>, [T] VecDeque<T>, [T, S] HashSet<T, S>, [T] BTreeSet<T> }

impl<const N: usize> Probe<[u8; N]> {
    /// See [`Kind`].
    pub const KIND: Kind = Kind::Bytes { length: Some(N) };

    /// Binary, or base64, of exactly `N` bytes.
    ///
    /// # Errors
    ///
    /// Not base64, or another length.
    pub fn decode(stored: Stored<'_>) -> Result<[u8; N], DecodeError> {
        bytes::exactly(stored.bytes()?)
    }
}

impl<const N: usize> Probe<Option<[u8; N]>> {
    /// See [`Kind`].
    pub const KIND: Kind = Kind::Bytes { length: Some(N) };

    /// As for the array; nothing is `None`.
    ///
    /// # Errors
    ///
    /// Not base64, or another length.
    pub fn decode(stored: Stored<'_>) -> Result<Option<[u8; N]>, DecodeError> {
        optional(stored, Probe::<[u8; N]>::decode)
    }
}

/// Types that serde would read another way than the table of values says, and their `Option`.
macro_rules! decoded_by {
    ($($type:ty, $with:expr;)*) => {$(
        impl Probe<$type> {
            /// Reads this type.
            ///
            /// # Errors
            ///
            /// What was expected.
            pub fn decode(stored: Stored<'_>) -> Result<$type, DecodeError> {
                $with(stored)
            }
        }
        impl Probe<Option<$type>> {
            /// As without the `Option`; nothing is `None`.
            ///
            /// # Errors
            ///
            /// What was expected.
            pub fn decode(stored: Stored<'_>) -> Result<Option<$type>, DecodeError> {
                optional(stored, |stored| $with(stored))
            }
        }
    )*};
}

decoded_by! {
    Vec<u8>, |stored: Stored<'_>| stored.bytes();
    Duration, duration;
    Vec<Duration>, durations;
    SecretString, secret_text;
    SecretSlice<u8>, |stored: Stored<'_>| stored.bytes().map(secret_bytes);
}

impl<T: Zeroize + DeserializeOwned + 'static> Probe<SecretBox<T>> {
    /// Reads what is inside the box.
    ///
    /// # Errors
    ///
    /// What was expected.
    pub fn decode(stored: Stored<'_>) -> Result<SecretBox<T>, DecodeError> {
        secret_box(stored)
    }
}

impl<T: Zeroize + DeserializeOwned + 'static> Probe<Option<SecretBox<T>>> {
    /// As without the `Option`; nothing is `None`.
    ///
    /// # Errors
    ///
    /// What was expected.
    pub fn decode(stored: Stored<'_>) -> Result<Option<SecretBox<T>>, DecodeError> {
        optional(stored, secret_box)
    }
}

fn optional<T>(
    stored: Stored<'_>,
    decode: impl FnOnce(Stored<'_>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    if stored.is_missing() { Ok(None) } else { decode(stored).map(Some) }
}

fn duration(stored: Stored<'_>) -> Result<Duration, DecodeError> {
    let text = stored.to_text()?;
    match text.trim() {
        "" => Err(DecodeError::empty()),
        trimmed => humantime::parse_duration(trimmed)
            .map_err(|_| DecodeError::expected("a duration with its unit, as in `30s`, `5m`, `1h 30m` or `250ms`")),
    }
}

fn durations(stored: Stored<'_>) -> Result<Vec<Duration>, DecodeError> {
    let texts: Vec<String> = stored.decode()?;
    let decode =
        |(index, text): (usize, &String)| duration(Stored::text(text)).map_err(|error| error.in_item(index + 1));
    texts.iter().enumerate().map(decode).collect()
}

/// Copied into memory that has their very length: a vector that shrinks may move, and leave what it held behind.
fn secret_bytes(mut bytes: Vec<u8>) -> SecretSlice<u8> {
    let exact: Box<[u8]> = bytes.as_slice().into();
    bytes.zeroize();
    SecretSlice::from(exact)
}

fn secret_text(stored: Stored<'_>) -> Result<SecretString, DecodeError> {
    stored.to_text().map(|text| SecretString::from(text.to_owned()))
}

fn secret_box<T: Zeroize + DeserializeOwned + 'static>(stored: Stored<'_>) -> Result<SecretBox<T>, DecodeError> {
    if TypeId::of::<T>() == TypeId::of::<Vec<u8>>() {
        // Bytes are base64, never a list; an inherent `decode` for this one box would overlap with the generic one.
        let bytes: Box<dyn Any> = Box::new(stored.bytes()?);
        return bytes.downcast::<T>().map(SecretBox::new).map_err(|_| DecodeError::expected("bytes"));
    }
    stored.decode().map(|value| SecretBox::new(Box::new(value)))
}
