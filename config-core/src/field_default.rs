//! The default of a field, as generated code passes it to the decoder.

use crate::{
    decode::{DecodeError, StoredValue},
    diagnostic::Diagnostic,
    failure::{Failure, FailureKind},
    layers::SerializedDefault,
};

/// Decodes the stored value of a field into the field's type.
pub type DecodeFn<T> = fn(StoredValue<'_>) -> Result<T, DecodeError>;

/// Serializes the value of a default. A program needs the serialized value if it adds the loaded
/// configuration to a Figment of its own.
pub type SerializeFn<T> = fn(&T) -> Option<SerializedDefault>;

/// The value of a field for which no value is found.
pub enum FieldDefault<T> {
    /// The value of an expression, or the type's own default.
    Value {
        /// Creates the value.
        make: fn() -> T,
        /// See [`SerializeFn`].
        serialize: SerializeFn<T>,
    },
    /// A text, which is decoded like a stored one.
    Text {
        /// The text.
        text: &'static str,
        /// See [`SerializeFn`].
        serialize: SerializeFn<T>,
    },
}

impl<T> FieldDefault<T> {
    /// Creates the default of an optional field without a `default`. It is not serialized.
    #[must_use]
    pub fn unset(make: fn() -> T) -> Self {
        Self::Value {
            make,
            serialize: |_| None,
        }
    }

    /// Returns the text; `None` if the default is not a text.
    pub(crate) fn text(&self) -> Option<&'static str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Value { .. } => None,
        }
    }

    /// Creates the value, and its serialized form.
    ///
    /// # Errors
    ///
    /// Returns the error of `decode` if the default is a text that the type refuses.
    pub(crate) fn create(
        &self,
        decode: DecodeFn<T>,
    ) -> Result<(T, Option<SerializedDefault>), DecodeError> {
        match self {
            Self::Value { make, serialize } => {
                let value = make();
                let serialized = serialize(&value);
                Ok((value, serialized))
            }
            Self::Text { text, serialize } => {
                let value = decode(StoredValue::from_text(text))?;
                // For a type without `Serialize`, the text is the serialized form.
                let serialized = serialize(&value).or_else(|| SerializedDefault::new(text));
                Ok((value, serialized))
            }
        }
    }
}

/// Returns the failure of a field whose default cannot be used.
pub(crate) fn new_default_failure(
    stage: &str,
    path: &str,
    kind: FailureKind,
    detail: &str,
) -> Failure {
    let detail = format!("its default: {detail}");
    let help = "correct the `default` in the program's code, or store a value";
    Failure {
        stage: stage.to_owned(),
        source: None,
        diagnostic: Diagnostic::new(kind, path, detail, help),
    }
}
