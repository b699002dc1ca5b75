//! What a field's type tells at compile time, and how it is decoded.
//!
//! Generated code names `Probe::<T>::KIND`, `::decode` and so on for the field's concrete type `T`. An inherent item wins over the blanket
//! trait [`UnknownType`]'s where its bounds hold, and type aliases are seen through: `type Key = SecretString` is a secret. This works
//! for concrete types only: inside `impl<T> Probe<Option<T>>` the blanket one would win.

mod secrecy;

use super::{DecodeError, KnownType, StoredValue};
use crate::{
    layers::SerializedDefault,
    schema::{Kind, Secrecy},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    marker::PhantomData,
    time::Duration,
};

/// Stands for a type, to ask about it.
pub struct Probe<T: ?Sized>(PhantomData<T>);

/// The answers for a type of which nothing else is known.
pub trait UnknownType {
    /// The type itself, which an associated function cannot name otherwise.
    type Target: ?Sized;
    /// See [`Kind`].
    const KIND: Kind = Kind::Other;
    /// What a container is, whatever it holds.
    const CONTAINER: Kind = Kind::Other;
    /// An `Option`.
    const OPTIONAL: bool = false;
    /// Makes the `None` of an `Option`.
    const NONE: Option<fn() -> Self::Target> = None;
    /// See [`Secrecy`].
    const SECRECY: Secrecy = Secrecy::Unknown;
    /// The type holds a secret.
    const HOLDS_SECRETS: bool = false;

    /// Reads any type that implements serde's `Deserialize`.
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

    /// [`decode`](Self::decode) into a box.
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

    /// The value of a default for somebody else's Figment: not known for a type without `Serialize`.
    fn serialize_default(_: &Self::Target) -> Option<SerializedDefault> {
        None
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

impl<T: ?Sized> UnknownType for Probe<T> {
    type Target = T;
}

impl<T: KnownType> Probe<T> {
    /// See [`Kind`].
    pub const KIND: Kind = T::KIND;

    /// Reads a type of the table of values.
    ///
    /// # Errors
    ///
    /// See [`KnownType::read`].
    pub fn decode(stored: StoredValue<'_>) -> Result<T, DecodeError> {
        T::read(stored)
    }

    /// Reads a type of the table of values into a box.
    ///
    /// # Errors
    ///
    /// See [`KnownType::read_boxed`].
    pub fn decode_boxed(stored: StoredValue<'_>) -> Result<Box<T>, DecodeError> {
        T::read_boxed(stored)
    }
}

impl<T> Probe<Option<T>> {
    /// An `Option`.
    pub const OPTIONAL: bool = true;
    /// Makes the `None` of an `Option`.
    pub const NONE: Option<fn() -> Option<T>> = Some(|| None);
}

macro_rules! containers {
    ($($kind:expr => $([$($param:ident),*] $for:ty),+;)*) => {$($(
        impl<$($param),*> Probe<$for> {
            #[doc = "See the trait."]
            pub const CONTAINER: Kind = $kind;
        }
        impl<$($param),*> Probe<Option<$for>> {
            #[doc = "See the trait."]
            pub const CONTAINER: Kind = $kind;
        }
    )+)*};
}

containers! {
    Kind::Object => [K, V, S] HashMap<K, V, S>, [K, V] BTreeMap<K, V>;
    Kind::ListOf(&Kind::Other) => [T] Vec<T>, [T] VecDeque<T>, [T, S] HashSet<T, S>, [T] BTreeSet<T>;
}

impl<T: Serialize + 'static> Probe<T> {
    /// The value of a default for somebody else's Figment.
    pub fn serialize_default(value: &T) -> Option<SerializedDefault> {
        // In the form in which it would be stored, which is not serde's own.
        match (value as &dyn Any).downcast_ref::<Duration>() {
            Some(duration) => SerializedDefault::new(&humantime::format_duration(*duration).to_string()),
            None => SerializedDefault::new(value),
        }
    }
}
