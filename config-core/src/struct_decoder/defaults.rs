//! Decodes the default of a field.

use super::{DecodedField, StructDecoder, ValidateFn};
use crate::{
    decode::DecodeError,
    failure::{Failure, FailureKind},
    field_default::{DecodeFn, FieldDefault, new_default_failure},
    report::Origin,
    schema::{FieldSpec, Secrecy},
};

impl StructDecoder<'_> {
    /// Creates the default of a field, and keeps the serialized form of the default, if there is
    /// one.
    pub(super) fn take_default<T>(
        &mut self,
        path: &str,
        spec: &FieldSpec,
        secrecy: Secrecy,
        default: &FieldDefault<T>,
        decode: DecodeFn<T>,
    ) -> DecodedField<T> {
        let (default, serialized) = match default.create(decode) {
            Ok(created) => created,
            Err(error) => {
                let failure = self.new_undecodable_default_failure(path, secrecy, default, error);
                return DecodedField::failed(&failure, Origin::Default);
            }
        };
        let serialized = serialized.map(|serialized| (path.to_owned(), serialized));
        self.results.defaults.extend(serialized);

        let mut decoded = DecodedField::unset(default);
        if let Some(default) = spec.default {
            decoded.origin = Origin::Default;
            // The report omits the default of a secret, because the default is the value.
            decoded.source = (secrecy != Secrecy::Yes).then(|| default.as_str().to_owned());
        }
        decoded
    }

    /// Decodes and validates the text of a default that the field does not use.
    pub(super) fn verify_default<T>(
        &self,
        path: &str,
        secrecy: Secrecy,
        default: &FieldDefault<T>,
        decode: DecodeFn<T>,
        validate: Option<ValidateFn<T>>,
    ) -> Result<(), Box<Failure>> {
        if default.text().is_none() {
            return Ok(());
        }
        let (value, _) = default
            .create(decode)
            .map_err(|error| self.new_undecodable_default_failure(path, secrecy, default, error))?;
        validate
            .map_or(Ok(()), |validate| validate(&value))
            .map_err(|text| self.new_default_failure(path, FailureKind::Invalid, text))
    }

    fn new_undecodable_default_failure<T>(
        &self,
        path: &str,
        secrecy: Secrecy,
        default: &FieldDefault<T>,
        error: DecodeError,
    ) -> Box<Failure> {
        let error = error.redact_for_field(secrecy, default.text().unwrap_or_default());
        self.new_default_failure(path, FailureKind::Undecodable, &error.to_string())
    }

    pub(super) fn new_default_failure(
        &self,
        path: &str,
        kind: FailureKind,
        detail: &str,
    ) -> Box<Failure> {
        let stage = &self.results.stage;
        Box::new(new_default_failure(stage, path, kind, detail))
    }
}
