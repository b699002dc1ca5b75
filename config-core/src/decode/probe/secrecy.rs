//! The secrecy of types: secret, not secret, or known only to the program.
//!
//! The derive looks up every type that occurs in a field's type. The derive cannot see the types
//! that a type alias contains. So the secrecy of a container includes the secrecy of its contents.

use super::Probe;
use crate::schema::Secrecy;
use secrecy::SecretBox;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    ffi::{OsStr, OsString},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::{
        NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
        NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
    },
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use zeroize::Zeroize;

/// A type whose secrecy is known: one of the documented value types, a type of the crate `secrecy`,
/// or a container of such types.
pub trait KnownSecrecy {
    /// The secrecy of the type.
    const SECRECY: Secrecy;
}

/// A secret, or a container of secrets. The keys of a map may have any type.
pub trait HoldsSecrets {}

impl<T: KnownSecrecy + ?Sized> Probe<T> {
    /// See [`Secrecy`].
    pub const SECRECY: Secrecy = T::SECRECY;
}

impl<T: HoldsSecrets + ?Sized> Probe<T> {
    /// Whether the type contains a secret.
    pub const HOLDS_SECRETS: bool = true;
}

impl<T: Zeroize + ?Sized> KnownSecrecy for SecretBox<T> {
    const SECRECY: Secrecy = Secrecy::Yes;
}

impl<T: Zeroize + ?Sized> HoldsSecrets for SecretBox<T> {}

macro_rules! plain {
    ($($type:ty),+ $(,)?) => {$(
        impl KnownSecrecy for $type {
            const SECRECY: Secrecy = Secrecy::No;
        }
    )+};
}

plain! {
    (), bool, char, f32, f64,
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize,
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize,
    NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
    str, String, Path, PathBuf, OsStr, OsString, Duration,
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6,
    serde_json::Value, serde_json::Number, serde_json::Map<String, serde_json::Value>,
}

#[cfg(feature = "url")]
plain!(url::Url);

#[cfg(feature = "uuid")]
plain!(uuid::Uuid);

/// Containers of values of one type. The brackets hold the other generic parameters of the
/// container.
macro_rules! containers {
    ($($item:ident $(: ?$sized:ident)? in $container:ty, [$($other:tt)*];)+) => {$(
        impl<$($other)* $item: KnownSecrecy $(+ ?$sized)?> KnownSecrecy for $container {
            const SECRECY: Secrecy = $item::SECRECY;
        }

        impl<$($other)* $item: HoldsSecrets $(+ ?$sized)?> HoldsSecrets for $container {}
    )+};
}

containers! {
    T in Option<T>, [];
    T in Vec<T>, [];
    T in VecDeque<T>, [];
    T in LinkedList<T>, [];
    T in BinaryHeap<T>, [];
    T in BTreeSet<T>, [];
    T in HashSet<T, S>, [S,];
    T in [T], [];
    T in [T; N], [const N: usize,];
    T: ?Sized in Box<T>, [];
    T: ?Sized in Rc<T>, [];
    T: ?Sized in Arc<T>, [];
    T: ?Sized in &T, [];
}

impl<T: KnownSecrecy + ToOwned + ?Sized> KnownSecrecy for Cow<'_, T> {
    const SECRECY: Secrecy = T::SECRECY;
}

macro_rules! maps {
    ($($map:ty, [$($other:tt)*];)+) => {$(
        impl<$($other)* K: KnownSecrecy, V: KnownSecrecy> KnownSecrecy for $map {
            const SECRECY: Secrecy = Secrecy::greatest(&[K::SECRECY, V::SECRECY]);
        }

        impl<$($other)* K, V: HoldsSecrets> HoldsSecrets for $map {}
    )+};
}

maps! {
    HashMap<K, V, S>, [S,];
    BTreeMap<K, V>, [];
}

macro_rules! tuples {
    ($($item:ident)+) => {
        impl<$($item: KnownSecrecy),+> KnownSecrecy for ($($item,)+) {
            const SECRECY: Secrecy = Secrecy::greatest(&[$($item::SECRECY),+]);
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);

#[cfg(test)]
mod tests;
