//! The decoder that generated code calls once per field. It collects every failure.

mod composed;
mod defaults;

use crate::{
    decode::{DecodeError, StoredValue},
    diagnostic::{Diagnostic, Help},
    failure::{Failure, FailureKind},
    field_default::{DecodeFn, FieldDefault},
    help,
    layers::SerializedDefault,
    outcome::{Found, Payload},
    report::{FieldReport, Origin},
    resolve::{FieldOutcome, ResolvedField, ResolvedFields, ValuePlace},
    schema::{FieldContent, FieldSpec, Schema, Secrecy},
};
use stage_config_grammar::white_space::trim;

/// The program's own validation of a value.
pub type ValidateFn<T> = fn(&T) -> Result<(), &'static str>;

/// Decodes the fields of one struct from the resolved values.
pub struct StructDecoder<'a> {
    schema: &'static Schema,
    /// The path of this struct with a dot at its end, such as `mail.`; empty for the root.
    prefix: String,
    fields: &'a ResolvedFields,
    results: &'a mut DecodeResults,
}

/// A decoded field before its validation, with the facts for the report.
struct DecodedField<T> {
    value: Result<T, Box<Failure>>,
    origin: Origin,
    source: Option<String>,
    version: Option<String>,
}

impl<T> DecodedField<T> {
    fn failed(failure: &Failure, origin: Origin) -> Self {
        Self {
            value: Err(Box::new(failure.clone())),
            origin,
            source: failure.source.clone(),
            version: None,
        }
    }

    fn unset(value: T) -> Self {
        Self {
            value: Ok(value),
            origin: Origin::Unset,
            source: None,
            version: None,
        }
    }
}

/// The results of decoding.
pub(crate) struct DecodeResults {
    pub(crate) stage: String,
    pub(crate) failures: Vec<Failure>,
    pub(crate) fields: Vec<FieldReport>,
    /// The path and the default of each field whose value is the field's own default. Defaults that
    /// cannot be serialized are left out.
    pub(crate) defaults: Vec<(String, SerializedDefault)>,
    /// Whether the text of a default is also decoded if the field has another value.
    pub(crate) verifies_defaults: bool,
}

impl DecodeResults {
    pub(crate) fn new(stage: impl Into<String>) -> Self {
        Self {
            stage: stage.into(),
            failures: Vec::new(),
            fields: Vec::new(),
            defaults: Vec::new(),
            verifies_defaults: false,
        }
    }
}

impl<'a> StructDecoder<'a> {
    pub(crate) fn new(
        schema: &'static Schema,
        fields: &'a ResolvedFields,
        results: &'a mut DecodeResults,
    ) -> Self {
        Self {
            schema,
            prefix: String::new(),
            fields,
            results,
        }
    }

    /// Decodes the field at `index` of the schema. Returns `None` after a failure, which is
    /// collected.
    pub fn decode_field<T>(
        &mut self,
        index: usize,
        decode: DecodeFn<T>,
        default: Option<FieldDefault<T>>,
        validate: Option<ValidateFn<T>>,
    ) -> Option<T> {
        let field = self.schema.fields.get(index)?;
        let FieldContent::Value(spec) = &field.content else {
            return None;
        };
        let path = [self.prefix.as_str(), field.name].concat();
        let resolved = self.fields.get(&path)?;

        if let Some(result) = self.decode_without_parts(&path, resolved, decode, validate) {
            return result;
        }
        let is_found = matches!(resolved.outcome, FieldOutcome::Found { .. });
        let DecodedField {
            value,
            origin,
            source,
            version,
        } = self.decode_outcome(&path, spec, resolved, default.as_ref(), decode);

        let validate_value = |value: T| {
            let result = validate.map_or(Ok(()), |validate| validate(&value));
            result.map(|()| value).map_err(|text| {
                if origin == Origin::Default {
                    return self.new_default_failure(&path, FailureKind::Invalid, text);
                }
                let variable = resolved.variable.as_deref();
                self.new_invalid_failure(&path, source.as_deref(), variable, text)
            })
        };
        let validated = value.and_then(validate_value);
        let origin = validated
            .as_ref()
            .map_or_else(|failure| Origin::Failed(failure.kind()), |_| origin);

        let (secret, variable) = (resolved.is_secret(), resolved.variable.clone());
        // With `verifies_defaults`, the failure of an unused default is reported too. The failure
        // of the value comes first, because it is the one that a load reports.
        let value = self.collect_failure(validated);
        let unused_default = default.filter(|_| self.results.verifies_defaults && is_found);
        if let Some(default) = unused_default {
            let result = self.verify_default(&path, resolved.secrecy, &default, decode, validate);
            self.collect_failure(result);
        }
        self.results.fields.push(FieldReport {
            field: path,
            secret,
            origin,
            source,
            version,
            variable,
        });
        value
    }

    /// Decodes the value of a field that has one. Otherwise returns the default, the value of an
    /// optional field that is unset, or the failure.
    fn decode_outcome<T>(
        &mut self,
        path: &str,
        spec: &FieldSpec,
        resolved: &ResolvedField,
        default: Option<&FieldDefault<T>>,
        decode: DecodeFn<T>,
    ) -> DecodedField<T> {
        match &resolved.outcome {
            FieldOutcome::Failed(failure) => {
                DecodedField::failed(failure, Origin::Failed(failure.kind()))
            }
            FieldOutcome::Found {
                found,
                origin,
                source,
                place,
            } => DecodedField {
                value: self.decode(path, resolved, found, (source, place), decode),
                origin: *origin,
                source: Some(source.clone()),
                version: found.version.clone(),
            },
            FieldOutcome::Missing(failure) => match default {
                Some(default) => self.take_default(path, spec, resolved.secrecy, default, decode),
                None if spec.shape.optional => decode(StoredValue::missing()).map_or_else(
                    |_| DecodedField::failed(failure, Origin::Unset),
                    DecodedField::unset,
                ),
                None => DecodedField::failed(failure, Origin::Unset),
            },
        }
    }

    /// Returns the decoder of the nested struct at `index`. `schema` is the schema of that struct.
    pub(crate) fn nested(
        &mut self,
        index: usize,
        schema: &'static Schema,
    ) -> Option<StructDecoder<'_>> {
        let field = self.schema.fields.get(index)?;
        let prefix = format!("{}{}.", self.prefix, field.name);
        Some(StructDecoder {
            schema,
            prefix,
            fields: self.fields,
            results: self.results,
        })
    }

    /// Builds an optional struct. Returns `Some(None)` if none of its fields has a value, and
    /// `None` after a failure. A failed field counts as a field with a value. A composed value, or
    /// the failure to compose a value, does not count.
    pub(crate) fn if_present<T>(
        &mut self,
        build: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        if self
            .fields
            .iter()
            .any(|(path, resolved)| path.starts_with(&self.prefix) && resolved.is_present())
        {
            return build(self).map(Some);
        }

        self.report_unset();
        Some(None)
    }

    /// Reports every field of the struct as unset.
    fn report_unset(&mut self) {
        for leaf in self.schema.leaves() {
            let field = format!("{}{}", self.prefix, leaf.path);
            let secret = leaf.secrecy == Secrecy::Yes;
            self.results.fields.push(FieldReport {
                field,
                secret,
                origin: Origin::Unset,
                source: None,
                version: None,
                variable: None,
            });
        }
    }

    /// Validates a complete struct with its own `validate`. Returns `None` after a failure, which
    /// is collected.
    pub fn finish<T>(&mut self, value: T, validate: Option<ValidateFn<T>>) -> Option<T> {
        let Some(Err(text)) = validate.map(|validate| validate(&value)) else {
            return Some(value);
        };
        let path = self.prefix.trim_end_matches('.').to_owned();
        let failure = self.new_invalid_failure(&path, None, None, text);
        self.collect_failure(Err(failure))
    }

    fn decode<T>(
        &self,
        path: &str,
        resolved: &ResolvedField,
        found: &Found,
        (source, place): (&str, &ValuePlace),
        decode: DecodeFn<T>,
    ) -> Result<T, Box<Failure>> {
        let content = &*found.content;
        let decoded = if resolved.secrecy == Secrecy::Yes && content.is_empty() {
            Err(DecodeError::empty())
        } else {
            decode(found.as_stored())
        };
        decoded.map_err(|error| {
            let help = if error.needs_quotes() {
                help::QUOTE.into()
            } else {
                help::for_text(resolved.spec, found, &place.describe(path, source), &error)
            };
            let detail = error
                .redact_for_field(resolved.secrecy, content.text_or_empty())
                .to_string();
            self.new_failure(
                path,
                Some(source),
                resolved.variable.as_deref(),
                FailureKind::Undecodable,
                detail,
                help,
            )
        })
    }

    fn new_invalid_failure(
        &self,
        path: &str,
        source: Option<&str>,
        variable: Option<&str>,
        text: &'static str,
    ) -> Box<Failure> {
        let help = "store a value that the program's `validate` accepts".into();
        self.new_failure(
            path,
            source,
            variable,
            FailureKind::Invalid,
            text.to_owned(),
            help,
        )
    }

    fn new_failure(
        &self,
        path: &str,
        source: Option<&str>,
        variable: Option<&str>,
        kind: FailureKind,
        detail: String,
        help: Help,
    ) -> Box<Failure> {
        Box::new(Failure {
            stage: self.results.stage.clone(),
            source: source.map(str::to_owned),
            diagnostic: Diagnostic::new(
                kind,
                path,
                detail,
                help::add_variable_hint(help, source, variable),
            ),
        })
    }

    fn collect_failure<T>(&mut self, result: Result<T, Box<Failure>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(failure) => {
                self.results.failures.push(*failure);
                None
            }
        }
    }
}

impl Found {
    pub(crate) fn as_stored(&self) -> StoredValue<'_> {
        match &self.typed {
            Some(typed) => StoredValue::from_typed(typed),
            None if self.is_parameter_map => self.content.as_stored().as_parameter_map(),
            None => self.content.as_stored(),
        }
    }
}

impl Payload {
    fn as_stored(&self) -> StoredValue<'_> {
        match self {
            Self::Text(text) => StoredValue::from_text(text),
            Self::List(text) => StoredValue::from_list(text),
            Self::Binary(bytes) => StoredValue::from_bytes(bytes),
            Self::ExistsOnly => StoredValue::missing(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::List(text) => trim(text).is_empty(),
            Self::Binary(bytes) => bytes.is_empty(),
            Self::ExistsOnly => false,
        }
    }
}
