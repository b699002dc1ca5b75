//! What generated code decodes its fields from, one call a field; every failure is gathered.

use crate::{
    decode::{DecodeError, Stored},
    failure::{Failure, FailureKind},
    layers::Shown,
    outcome::{Content, Found},
    remedy,
    report::{FieldReport, Origin},
    resolve::{Absence, Resolved, Slot, Slots},
    schema::{self, Kind, Schema, Secrecy},
};

/// How a field's text becomes its type.
pub type Decode<T> = fn(Stored<'_>) -> Result<T, DecodeError>;
/// What a field is when nothing is found.
pub struct Otherwise<T> {
    /// Makes the value.
    pub make: fn() -> T,
    /// Shows it to somebody else's Figment.
    pub show: fn(&T) -> Option<Shown>,
}

impl<T> Otherwise<T> {
    /// Makes the `None` of a field that has no default, of which there is nothing to show.
    #[must_use]
    pub fn nothing(make: fn() -> T) -> Self {
        Self { make, show: |_| None }
    }
}

/// A program's own check.
pub type Validate<T> = fn(&T) -> Result<(), &'static str>;

/// What was found for one struct, on its way into it.
pub struct Values<'a> {
    schema: &'static Schema,
    /// The way to this struct: empty, or `mail.`.
    prefix: String,
    slots: &'a Slots,
    gathered: &'a mut Gathered,
}

/// What came of decoding.
pub(crate) struct Gathered {
    pub(crate) stage: String,
    pub(crate) failures: Vec<Failure>,
    pub(crate) fields: Vec<FieldReport>,
    /// The fields that took their own default.
    pub(crate) defaults: Vec<(String, Shown)>,
}

impl Gathered {
    pub(crate) fn new(stage: impl Into<String>) -> Self {
        Self { stage: stage.into(), failures: Vec::new(), fields: Vec::new(), defaults: Vec::new() }
    }
}

impl<'a> Values<'a> {
    pub(crate) fn new(schema: &'static Schema, slots: &'a Slots, gathered: &'a mut Gathered) -> Self {
        Self { schema, prefix: String::new(), slots, gathered }
    }

    /// Decodes the field at `index` of the schema. `None` after a failure, which is gathered.
    pub fn field<T>(
        &mut self,
        index: usize,
        decode: Decode<T>,
        default: Option<Otherwise<T>>,
        validate: Option<Validate<T>>,
    ) -> Option<T> {
        let field = self.schema.fields.get(index)?;
        let schema::Content::Value(value) = &field.content else { return None };
        let path = [self.prefix.as_str(), field.name].concat();
        let slot = self.slots.get(&path)?;
        let (decoded, origin, source, version) = match &slot.outcome {
            Resolved::Failed(failure) => {
                (Err(Box::new(failure.clone())), Origin::Failed(failure.kind), failure.source.clone(), None)
            }
            Resolved::Found { found, origin, source } => {
                let decoded = self.decode(&path, slot, value.shape.kind, found, source, decode);
                (decoded, *origin, Some(source.clone()), found.version.clone())
            }
            Resolved::Missing(absence) => match default {
                Some(Otherwise { make, show }) => {
                    let default = make();
                    self.gathered.defaults.extend(show(&default).map(|shown| (path.clone(), shown)));
                    let origin = if value.default.is_some() { Origin::Default } else { Origin::Nothing };
                    // The expression of a default is the value itself.
                    let shown = value.default.filter(|_| slot.secrecy != Secrecy::Yes).map(str::to_owned);
                    (Ok(default), origin, shown, None)
                }
                None if value.shape.optional => match decode(Stored::missing()) {
                    Ok(nothing) => (Ok(nothing), Origin::Nothing, None, None),
                    Err(_) => (Err(self.missing(&path, absence)), Origin::Nothing, absence.tried.clone(), None),
                },
                None => (Err(self.missing(&path, absence)), Origin::Nothing, absence.tried.clone(), None),
            },
        };
        let checked = decoded.and_then(|value| match validate.map_or(Ok(()), |validate| validate(&value)) {
            Ok(()) => Ok(value),
            Err(text) => Err(self.invalid(&path, source.as_deref(), slot.variable.as_deref(), text)),
        });
        let origin = checked.as_ref().map_or_else(|failure| Origin::Failed(failure.kind), |_| origin);
        let (secret, variable) = (slot.is_secret(), slot.variable.clone());
        self.gathered.fields.push(FieldReport { field: path, secret, origin, source, version, variable });
        self.gather(checked)
    }

    /// What was found for the struct at `index` of the schema, which `schema` describes.
    pub(crate) fn nested(&mut self, index: usize, schema: &'static Schema) -> Option<Values<'_>> {
        let field = self.schema.fields.get(index)?;
        let prefix = format!("{}{}.", self.prefix, field.name);
        Some(Values { schema, prefix, slots: self.slots, gathered: self.gathered })
    }

    /// Builds an optional struct: `None` when nothing of it is found. A part that failed is there too.
    pub(crate) fn if_present<T>(&mut self, build: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        let present = |slot: &Slot| !matches!(slot.outcome, Resolved::Missing(_));
        if self.slots.iter().any(|(path, slot)| path.starts_with(&self.prefix) && present(slot)) {
            return build(self).map(Some);
        }
        self.leave_out();
        Some(None)
    }

    fn leave_out(&mut self) {
        for leaf in self.schema.leaves() {
            let field = format!("{}{}", self.prefix, leaf.path);
            let secret = leaf.secrecy == Secrecy::Yes;
            self.gathered.fields.push(FieldReport {
                field,
                secret,
                origin: Origin::Nothing,
                source: None,
                version: None,
                variable: None,
            });
        }
    }

    /// Ends a struct with its own check.
    pub fn finish<T>(&mut self, value: T, validate: Option<Validate<T>>) -> Option<T> {
        let Some(Err(text)) = validate.map(|validate| validate(&value)) else { return Some(value) };
        let path = self.prefix.trim_end_matches('.').to_owned();
        let failure = self.invalid(&path, None, None, text);
        self.gather(Err(failure))
    }

    fn decode<T>(
        &self,
        path: &str,
        slot: &Slot,
        kind: Kind,
        found: &Found,
        source: &str,
        decode: Decode<T>,
    ) -> Result<T, Box<Failure>> {
        let content = &*found.content;
        let decoded = if slot.secrecy == Secrecy::Yes && content.is_empty() {
            Err(DecodeError::empty())
        } else {
            decode(content.stored())
        };
        decoded.map_err(|error| {
            Box::new(Failure {
                field: path.to_owned(),
                stage: self.gathered.stage.clone(),
                source: Some(source.to_owned()),
                kind: FailureKind::Undecodable,
                detail: error.for_field(slot.secrecy, content.words()).to_string(),
                remedy: remedy::or_without(remedy::for_text(kind, source), Some(source), slot.variable.as_deref()),
            })
        })
    }

    fn missing(&self, path: &str, absence: &Absence) -> Box<Failure> {
        Box::new(Failure {
            field: path.to_owned(),
            stage: self.gathered.stage.clone(),
            source: absence.tried.clone(),
            kind: FailureKind::Missing,
            detail: absence.detail.clone(),
            remedy: absence.remedy.clone(),
        })
    }

    fn invalid(&self, path: &str, source: Option<&str>, variable: Option<&str>, text: &'static str) -> Box<Failure> {
        let remedy = "store a value that the program's `validate` accepts".to_owned();
        Box::new(Failure {
            field: path.to_owned(),
            stage: self.gathered.stage.clone(),
            source: source.map(str::to_owned),
            kind: FailureKind::Invalid,
            detail: text.to_owned(),
            remedy: remedy::or_without(remedy, source, variable),
        })
    }

    fn gather<T>(&mut self, result: Result<T, Box<Failure>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(failure) => {
                self.gathered.failures.push(*failure);
                None
            }
        }
    }
}

impl Content {
    pub(crate) fn stored(&self) -> Stored<'_> {
        match self {
            Self::Text(text) => Stored::text(text),
            Self::List(text) => Stored::list(text),
            Self::Binary(bytes) => Stored::binary(bytes),
            Self::Unseen => Stored::missing(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::List(text) => text.trim().is_empty(),
            Self::Binary(bytes) => bytes.is_empty(),
            Self::Unseen => false,
        }
    }
}
