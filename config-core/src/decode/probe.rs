//! The compile-time properties of a field's type, and its decoder.
//!
//! Generated code uses `Probe::<T>::KIND`, `Probe::<T>::decode` and so on with the field's concrete
//! type `T`. An inherent item whose bounds hold takes precedence over the item of the blanket trait
//! [`UnknownType`]. The compiler resolves type aliases: with `type Key = SecretString`, `Key` is a
//! secret. This works only for concrete types: inside `impl<T> Probe<Option<T>>` the compiler would
//! select the blanket item.

mod secrecy;

use super::{DecodeError, KnownType, StoredValue};
use crate::{
    layers::SerializedDefault,
    schema::{Kind, Secrecy},
};
use serde::{Serialize, de::DeserializeOwned};
use stage_config_grammar::duration::format_duration;
use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    marker::PhantomData,
    time::Duration,
};

/// The type under which generated code looks up the properties of `T`, as in `Probe::<T>::KIND`.
pub struct Probe<T: ?Sized>(PhantomData<T>);

/// The properties and the decoder of a type that this crate does not know.
pub trait UnknownType {
    /// The type `T` of [`Probe`]. The trait has no parameter `T`, so its functions use this name.
    type Target: ?Sized;
    /// See [`Kind`].
    const KIND: Kind = Kind::Other;
    /// The kind of a container whose items may have any type.
    const CONTAINER: Kind = Kind::Other;
    /// Whether the type is an `Option`.
    const OPTIONAL: bool = false;
    /// Creates the `None` of an `Option`.
    const NONE: Option<fn() -> Self::Target> = None;
    /// See [`Secrecy`].
    const SECRECY: Secrecy = Secrecy::Unknown;
    /// Whether the type is known to contain a secret.
    const HOLDS_SECRETS: bool = false;

    /// Decodes any type that implements serde's `Deserialize`.
    ///
    /// # Errors
    ///
    /// See [`StoredValue::decode`].
    fn decode(stored: StoredValue<'_>) -> Result<Self::Target, DecodeError>
    where
        Self::Target: Decodable,
    {
        stored.decode()
    }

    /// Decodes into a box.
    ///
    /// # Errors
    ///
    /// See [`StoredValue::decode`].
    fn decode_boxed(stored: StoredValue<'_>) -> Result<Box<Self::Target>, DecodeError>
    where
        Self::Target: Decodable,
    {
        stored.decode().map(Box::new)
    }

    /// Serializes the value of a default for the user's Figment. Returns `None` for a type without
    /// `Serialize`.
    fn serialize_default(_: &Self::Target) -> Option<SerializedDefault> {
        None
    }
}

/// serde's `DeserializeOwned`, with a helpful compile error for types that do not implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a stored value",
    label = "does not implement `serde::Deserialize`",
    note = "if it derives `StageConfig`, write `#[config(nested)]` on the field",
    note = "derive `serde::Deserialize` for it and for the types in it, or read it with `#[config(with = \
            \"module\")]`",
    note = "if another crate defines the type, enable that crate's cargo feature `serde` in Cargo.toml; for \
            `Url` and `Uuid`, the features `url` and `uuid` of stage-config are enough"
)]
pub trait Decodable: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Decodable for T {}

impl<T: ?Sized> UnknownType for Probe<T> {
    type Target = T;
}

impl<T: KnownType> Probe<T> {
    /// See [`Kind`].
    pub const KIND: Kind = T::KIND;

    /// Decodes one of the documented value types.
    ///
    /// # Errors
    ///
    /// See [`KnownType::read`].
    pub fn decode(stored: StoredValue<'_>) -> Result<T, DecodeError> {
        T::read(stored)
    }

    /// Decodes one of the documented value types into a box.
    ///
    /// # Errors
    ///
    /// See [`KnownType::read_boxed`].
    pub fn decode_boxed(stored: StoredValue<'_>) -> Result<Box<T>, DecodeError> {
        T::read_boxed(stored)
    }
}

impl<T> Probe<Option<T>> {
    /// Whether the type is an `Option`.
    pub const OPTIONAL: bool = true;
    /// Creates the `None` of an `Option`.
    pub const NONE: Option<fn() -> Option<T>> = Some(|| None);
}

macro_rules! containers {
    ($($kind:expr => $([$($param:ident),*] $for:ty),+;)*) => {$($(
        impl<$($param),*> Probe<$for> {
            #[doc = "See [`UnknownType::CONTAINER`]."]
            pub const CONTAINER: Kind = $kind;
        }
        impl<$($param),*> Probe<Option<$for>> {
            #[doc = "See [`UnknownType::CONTAINER`]."]
            pub const CONTAINER: Kind = $kind;
        }
    )+)*};
}

containers! {
    Kind::Object => [K, V, S] HashMap<K, V, S>, [K, V] BTreeMap<K, V>;
    Kind::ListOf(&Kind::Other) => [T] Vec<T>, [T] VecDeque<T>, [T, S] HashSet<T, S>, [T] BTreeSet<T>;
}

impl<T: Serialize + 'static> Probe<T> {
    /// Serializes the value of a default for the user's Figment.
    pub fn serialize_default(value: &T) -> Option<SerializedDefault> {
        // A duration is written in the form of a stored value, such as `30s`. serde's form differs.
        match (value as &dyn Any).downcast_ref::<Duration>() {
            Some(duration) => SerializedDefault::new(&format_duration(*duration)),
            None => SerializedDefault::new(value),
        }
    }
}
