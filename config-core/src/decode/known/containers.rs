//! Types that contain other values: options, boxes, `Arc`, maps, tuples.

use super::KnownType;
use crate::{
    decode::{DecodeError, StoredValue},
    schema::Kind,
};
use secrecy::SecretBox;
use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash},
    sync::Arc,
};
use zeroize::Zeroize;

impl<T: KnownType> KnownType for Option<T> {
    const KIND: Kind = Kind::Optional(&T::KIND);

    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
        if stored.is_absent() {
            Ok(None)
        } else {
            T::read(stored).map(Some)
        }
    }
}

impl<T: KnownType> KnownType for Box<T> {
    const KIND: Kind = T::KIND;

    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
        T::read_boxed(stored)
    }
}

impl<T: KnownType> KnownType for Arc<T> {
    const KIND: Kind = T::KIND;

    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
        T::read(stored).map(Self::new)
    }
}

impl<T: KnownType + Zeroize> KnownType for SecretBox<T> {
    const KIND: Kind = T::KIND;

    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
        T::read_boxed(stored).map(Self::new)
    }
}

impl<K: KnownType + Eq + Hash, V: KnownType, S: BuildHasher + Default> KnownType
    for HashMap<K, V, S>
{
    const KIND: Kind = Kind::MapOf {
        key: &K::KIND,
        value: &V::KIND,
    };

    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
        read_map(stored, Self::len)
    }
}

impl<K: KnownType + Ord, V: KnownType> KnownType for BTreeMap<K, V> {
    const KIND: Kind = Kind::MapOf {
        key: &K::KIND,
        value: &V::KIND,
    };

    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
        read_map(stored, Self::len)
    }
}

/// Reads a map, and refuses two entries with the same key. If the keys are numbers, `1` and `01`
/// are the same key.
fn read_map<K: KnownType, V: KnownType, M: FromIterator<(K, V)>>(
    stored: StoredValue<'_>,
    length: fn(&M) -> usize,
) -> Result<M, DecodeError> {
    stored.with_entries(|entries| {
        let count = entries.len();
        let map: M = entries
            .into_iter()
            .map(|(key, value)| {
                let name = |error| value.name_parameter(error);
                let key = K::read(StoredValue::from_key(&key)).map_err(name)?;
                Ok((key, V::read(value).map_err(name)?))
            })
            .collect::<Result<_, DecodeError>>()?;
        if length(&map) < count {
            return Err(DecodeError::same_key());
        }
        Ok(map)
    })
}

macro_rules! tuples {
    ($($length:literal: $($T:ident)+;)*) => {$(
        impl<$($T: KnownType),+> KnownType for ($($T,)+) {
            const KIND: Kind = Kind::Tuple(&[$($T::KIND),+]);

            fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
                stored.with_items(Some($length), |items| {
                    let mut items = items.into_iter().enumerate();
                    Ok(($(read_part::<$T>(items.next())?,)+))
                })
            }
        }
    )*};
}

fn read_part<T: KnownType>(item: Option<(usize, StoredValue<'_>)>) -> Result<T, DecodeError> {
    let (index, item) = item.ok_or_else(DecodeError::missing)?;
    T::read(item).map_err(|error| error.at_item(index + 1))
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
