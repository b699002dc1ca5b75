//! Lists of values, and bytes, which are not lists.

use super::KnownType;
use crate::{
    decode::{DecodeError, StoredValue},
    schema::Kind,
};
use secrecy::SecretBox;
use std::{
    collections::{BTreeSet, HashSet, VecDeque},
    hash::{BuildHasher, Hash},
    sync::Arc,
};
use zeroize::{Zeroize, Zeroizing};

/// Reads the items of a list one after another.
pub(super) fn read_items<T: KnownType>(
    stored: StoredValue<'_>,
    length: Option<usize>,
) -> Result<Vec<T>, DecodeError> {
    stored.with_items(length, |items| {
        // Allocate the full size, because a growing buffer leaves copies in freed memory that is
        // not wiped.
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            values.push(T::read(item).map_err(|error| error.at_item(index + 1))?);
        }
        Ok(values)
    })
}

/// A vector, a slice or an array of `u8` is decoded from base64, or is an unchanged binary value. A
/// `VecDeque` or a set of `u8` is read as a list of numbers.
impl KnownType for u8 {
    const KIND: Kind = super::integer_kind(0, u8::MAX as u128);
    const IS_BYTE: bool = true;

    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
        stored.decode()
    }

    fn read_sequence(
        stored: StoredValue<'_>,
        length: Option<usize>,
    ) -> Result<Vec<Self>, DecodeError> {
        let bytes = Zeroizing::new(stored.to_bytes()?);
        match length {
            Some(length) if bytes.len() != length => {
                Err(DecodeError::expected(format_args!("{length} bytes")))
            }
            // Copy the bytes into a vector of the exact size. A caller that shrinks a larger vector
            // may move it and leave a copy that is not wiped.
            _ => Ok(bytes.as_slice().into()),
        }
    }
}

const fn sequence_kind<T: KnownType>() -> Kind {
    if T::IS_BYTE {
        Kind::Bytes { length: None }
    } else {
        Kind::ListOf(&T::KIND)
    }
}

macro_rules! sequences {
    ($($type:ty $(where $T:ident: $bound:path)?;)*) => {$(
        impl<T: KnownType $(+ $bound)?> KnownType for $type {
            const KIND: Kind = sequence_kind::<T>();

            fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
                T::read_sequence(stored, None).map(Self::from)
            }
        }
    )*};
}

sequences! {
    Vec<T>;
    Box<[T]>;
    Arc<[T]>;
}

impl<T: KnownType> KnownType for SecretBox<[T]>
where
    [T]: Zeroize,
{
    const KIND: Kind = sequence_kind::<T>();

    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
        T::read_sequence(stored, None).map(|values| Self::from(values.into_boxed_slice()))
    }
}

impl<T: KnownType, const N: usize> KnownType for [T; N] {
    const KIND: Kind = if T::IS_BYTE {
        Kind::Bytes { length: Some(N) }
    } else {
        Kind::Array {
            item: &T::KIND,
            length: N,
        }
    };

    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
        Self::read_boxed(stored).map(|array| *array)
    }

    fn read_boxed(stored: StoredValue<'_>) -> Result<Box<Self>, DecodeError> {
        let values = T::read_sequence(stored, Some(N))?;
        Box::try_from(values).map_err(|_| DecodeError::expected(format_args!("{N} items")))
    }
}

macro_rules! collections {
    ($($kind:ident => $type:ty, $T:ident: [$($bound:path),*] $(, $S:ident: [$($hasher:path),*])?;)*) => {$(
        impl<$T: KnownType $(+ $bound)*, $($S: $($hasher +)*)?> KnownType for $type {
            const KIND: Kind = Kind::$kind(&T::KIND);

            fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
                read_items(stored, None).map(Self::from_iter)
            }
        }
    )*};
}

collections! {
    ListOf => VecDeque<T>, T: [];
    SetOf => BTreeSet<T>, T: [Ord];
    SetOf => HashSet<T, S>, T: [Eq, Hash], S: [BuildHasher, Default];
}
