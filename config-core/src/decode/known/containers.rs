//! Values around or beside other values: options, boxes, maps, tuples.

use super::Known;
use crate::{
    decode::{DecodeError, Stored},
    schema::Kind,
};
use secrecy::SecretBox;
use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash},
    sync::Arc,
};
use zeroize::Zeroize;

impl<T: Known> Known for Option<T> {
    const KIND: Kind = Kind::Optional(&T::KIND);

    fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
        if stored.is_nothing() { Ok(None) } else { T::read(stored).map(Some) }
    }
}

impl<T: Known> Known for Box<T> {
    const KIND: Kind = T::KIND;

    fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
        T::read_boxed(stored)
    }
}

impl<T: Known> Known for Arc<T> {
    const KIND: Kind = T::KIND;

    fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
        T::read(stored).map(Self::new)
    }
}

impl<T: Known + Zeroize> Known for SecretBox<T> {
    const KIND: Kind = T::KIND;

    fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
        T::read_boxed(stored).map(Self::new)
    }
}

impl<K: Known + Eq + Hash, V: Known, S: BuildHasher + Default> Known for HashMap<K, V, S> {
    const KIND: Kind = Kind::MapOf { key: &K::KIND, value: &V::KIND };

    fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
        map(stored)
    }
}

impl<K: Known + Ord, V: Known> Known for BTreeMap<K, V> {
    const KIND: Kind = Kind::MapOf { key: &K::KIND, value: &V::KIND };

    fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
        map(stored)
    }
}

fn map<K: Known, V: Known, M: FromIterator<(K, V)>>(stored: Stored<'_>) -> Result<M, DecodeError> {
    stored.with_entries(|entries| {
        entries.into_iter().map(|(key, value)| Ok((K::read(Stored::key(&key))?, V::read(value)?))).collect()
    })
}

macro_rules! tuples {
    ($($length:literal: $($T:ident)+;)*) => {$(
        impl<$($T: Known),+> Known for ($($T,)+) {
            const KIND: Kind = Kind::Tuple(&[$($T::KIND),+]);

            fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
                stored.with_items(Some($length), |items| {
                    let mut items = items.into_iter().enumerate();
                    Ok(($(part::<$T>(items.next())?,)+))
                })
            }
        }
    )*};
}

fn part<T: Known>(item: Option<(usize, Stored<'_>)>) -> Result<T, DecodeError> {
    let (index, item) = item.ok_or_else(DecodeError::missing)?;
    T::read(item).map_err(|error| error.in_item(index + 1))
}

tuples! {
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
    7: A B C D E F G;
    8: A B C D E F G H;
    9: A B C D E F G H I;
    10: A B C D E F G H I J;
    11: A B C D E F G H I J K;
    12: A B C D E F G H I J K L;
    13: A B C D E F G H I J K L M;
    14: A B C D E F G H I J K L M N;
    15: A B C D E F G H I J K L M N O;
    16: A B C D E F G H I J K L M N O P;
}
