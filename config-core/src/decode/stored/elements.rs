//! Hands the parts of a list or an object to serde, one after another.

use super::StoredValue;
use crate::decode::DecodeError;
use serde::de::{self, MapAccess, SeqAccess};
use std::borrow::Cow;

/// The items of a list, or the entries of an object, while serde reads them.
pub(super) struct Elements<'a, T> {
    rest: std::vec::IntoIter<T>,
    value: Option<StoredValue<'a>>,
    count: usize,
}

impl<T> Elements<'_, T> {
    pub(super) fn new(parts: Vec<T>) -> Self {
        Self {
            rest: parts.into_iter(),
            value: None,
            count: 0,
        }
    }
}

impl<'de, 'a> MapAccess<'de> for Elements<'a, (Cow<'a, str>, StoredValue<'a>)> {
    type Error = DecodeError;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(StoredValue::from_key(&key)).map(Some)
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        let value = self.value.take().ok_or_else(DecodeError::missing)?;
        seed.deserialize(value)
            .map_err(|error| value.name_parameter(error))
    }
}

impl<'de, 'a> SeqAccess<'de> for Elements<'a, StoredValue<'a>> {
    type Error = DecodeError;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        self.count += 1;
        self.rest
            .next()
            .map(|item| {
                seed.deserialize(item)
                    .map_err(|error| error.at_item(self.count))
            })
            .transpose()
    }
}
