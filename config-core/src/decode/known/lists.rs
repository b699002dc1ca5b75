//! Lists of values, and bytes, which are no list.

use super::Known;
use crate::{
    decode::{DecodeError, Stored},
    schema::Kind,
};
use secrecy::SecretBox;
use std::{
    collections::{BTreeSet, HashSet, VecDeque},
    hash::{BuildHasher, Hash},
    sync::Arc,
};
use zeroize::{Zeroize, Zeroizing};

/// Items one after another.
pub(super) fn read<T: Known>(stored: Stored<'_>, length: Option<usize>) -> Result<Vec<T>, DecodeError> {
    stored.with_items(length, |items| {
        // At its full size from the start: growing would leave copies behind in memory that is freed, and not zeroed.
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            values.push(T::read(item).map_err(|error| error.in_item(index + 1))?);
        }
        Ok(values)
    })
}

/// Bytes are base64, or a binary value as it is.
impl Known for u8 {
    const KIND: Kind = super::integer(0, u8::MAX as u128);
    const IS_BYTE: bool = true;

    fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
        stored.decode()
    }

    fn read_sequence(stored: Stored<'_>, length: Option<usize>) -> Result<Vec<Self>, DecodeError> {
        let bytes = Zeroizing::new(stored.bytes()?);
        match length {
            Some(length) if bytes.len() != length => Err(DecodeError::expected(format_args!("{length} bytes"))),
            // A vector that shrinks may move, and leave what it held behind.
            _ => Ok(bytes.as_slice().into()),
        }
    }
}

const fn sequence<T: Known>() -> Kind {
    if T::IS_BYTE { Kind::Bytes { length: None } } else { Kind::ListOf(&T::KIND) }
}

macro_rules! sequences {
    ($($type:ty $(where $T:ident: $bound:path)?;)*) => {$(
        impl<T: Known $(+ $bound)?> Known for $type {
            const KIND: Kind = sequence::<T>();

            fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
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

impl<T: Known> Known for SecretBox<[T]>
where
    [T]: Zeroize,
{
    const KIND: Kind = sequence::<T>();

    fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
        T::read_sequence(stored, None).map(|values| Self::from(values.into_boxed_slice()))
    }
}

impl<T: Known, const N: usize> Known for [T; N] {
    const KIND: Kind = match T::IS_BYTE {
        true => Kind::Bytes { length: Some(N) },
        false => Kind::Array { item: &T::KIND, length: N },
    };

    fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
        Self::read_boxed(stored).map(|array| *array)
    }

    fn read_boxed(stored: Stored<'_>) -> Result<Box<Self>, DecodeError> {
        let values = T::read_sequence(stored, Some(N))?;
        Box::try_from(values).map_err(|_| DecodeError::expected(format_args!("{N} items")))
    }
}

macro_rules! collections {
    ($($type:ty, $T:ident: [$($bound:path),*] $(, $S:ident: [$($hasher:path),*])?;)*) => {$(
        impl<$T: Known $(+ $bound)*, $($S: $($hasher +)*)?> Known for $type {
            const KIND: Kind = Kind::ListOf(&T::KIND);

            fn read(stored: Stored<'_>) -> Result<Self, DecodeError> {
                read(stored, None).map(Self::from_iter)
            }
        }
    )*};
}

collections! {
    VecDeque<T>, T: [];
    BTreeSet<T>, T: [Ord];
    HashSet<T, S>, T: [Eq, Hash], S: [BuildHasher, Default];
}
