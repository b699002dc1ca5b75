//! Resolves the fields of a stage from the answers of the stores, as a program does, but without
//! its Rust types.

mod composed;
mod verify_field;

use super::{
    ManageError, ReadMode,
    presence::{OptionalStructs, Presence},
    verify::verify_default,
};
use crate::{
    failure::{Failure, FailureKind},
    help,
    layers::Layer,
    outcome::{Found, Outcome, Payload, Request},
    overrides::EnvOverrides,
    plan::{Plan, PlannedField},
    resolve::{FieldOutcome, Layers, ResolvedField, resolve},
    schema::{ComposeSpec, DefaultSpec, Secrecy},
    store::environment::Environment,
};
use stage_config_grammar::source::{Address, Source};
use std::{collections::HashMap, fmt};

/// One field of a stage.
pub struct ReadField {
    /// The field in the plan: its path, its entry in the schema and its chain of sources.
    pub planned: PlannedField,
    /// The sources that this read cannot reach: those of a program's own store, a variable whose
    /// value is unknown (see [`VariableSource`](super::VariableSource)), in an offline read the
    /// remote sources, and for a snapshot the sources that it does not contain. If a source
    /// supplied the value, only the sources before it are listed. If one of them has a value, a
    /// load uses that value instead of `state`. A composed field lists the unreachable sources of
    /// its parts.
    pub unreachable_sources: Vec<Source>,
    /// The sources of other fields that decide whether the optional struct of this field is
    /// present. A composed field lists those of its parts.
    pub undecided_by: Vec<Source>,
    /// The parts of a composed field that have failed. Each has its own failure, or is a composed
    /// field with failed parts.
    pub failed_parts: Vec<String>,
    /// The state of the field.
    pub state: FieldState,
    /// The presence of the optional structs around the field.
    presence: Presence,
    stage: String,
}

/// The state of a field.
pub enum FieldState {
    /// A source has a value.
    Found(ReadValue),
    /// The value is composed of the values of other fields.
    Composed(ComposedValue),
    /// No value was found, and the field has a default. Contains the text or the expression of the
    /// default, or `None` if the field is secret.
    Default(Option<&'static str>),
    /// No value was found, and none is needed: the field is optional, or an optional struct around
    /// it is absent.
    Unset,
    /// No value was found, and the result of a load is unknown: an unreachable source may have the
    /// value, the optional struct of the field may be absent, or a part of a composed field has
    /// failed or is undecided.
    Undecided,
    /// A required value was not found, or a read failed.
    Failed(Failure),
}

/// A value and its source. `Debug` shows neither of them. The memory of the value is wiped when the
/// last copy is dropped.
#[derive(Clone)]
pub struct ReadValue {
    pub(super) found: Found,
    /// The source that has the value.
    pub source: Source,
}

/// A composed value. `Debug` shows only the template. The memory of the value is wiped when the
/// last copy is dropped.
#[derive(Clone)]
pub struct ComposedValue {
    pub(super) found: Found,
    /// The template.
    pub template: &'static str,
}

/// Builds the fields of a stage from the answers of the stores.
pub(super) struct FieldsBuilder<'a> {
    pub(super) plan: &'a Plan,
    /// Returns whether this read can reach an address.
    pub(super) can_read: &'a dyn Fn(&Address) -> bool,
    pub(super) environment: &'a Environment,
    pub(super) mode: ReadMode,
}

impl FieldsBuilder<'_> {
    /// Returns the fields, in order of declaration.
    ///
    /// # Errors
    ///
    /// Returns an error if the empty layers cannot be created.
    pub(super) fn build_fields(
        &self,
        outcomes: &HashMap<Request, Outcome>,
    ) -> Result<Vec<ReadField>, ManageError> {
        let mut outcomes = outcomes.clone();
        // An unreachable source counts as missing at first, so that `resolve` tries the rest of the
        // chain.
        let sources = self.plan.fields.iter().flat_map(|field| &field.chain);
        for source in sources.filter(|source| !(self.can_read)(&source.address)) {
            outcomes.insert(Request(source.address.clone()), Outcome::Missing);
        }

        let layers = self.new_layers().map_err(|error| {
            ManageError::new(
                FailureKind::InvalidRequest,
                "",
                error.to_string(),
                "check the program's options",
            )
        })?;
        let mut resolved_fields = resolve(self.plan, &layers, &outcomes);
        let structs = OptionalStructs::from_plan(self.plan, |field| {
            self.find_evidence(field, resolved_fields.get(&field.path))
        });
        let build = |field: &PlannedField| {
            let resolved = resolved_fields.remove(&field.path)?;
            Some(self.build_field(field, resolved, &structs))
        };
        let mut fields: Vec<ReadField> = self.plan.fields.iter().filter_map(build).collect();
        composed::set_states(&mut fields);
        Ok(fields)
    }

    /// Returns the presence of the structs that contain a field, according to this field only.
    fn find_evidence(&self, field: &PlannedField, resolved: Option<&ResolvedField>) -> Presence {
        let Some(resolved) = resolved.filter(|resolved| resolved.spec.compose.is_none()) else {
            return Presence::Absent;
        };
        match &resolved.outcome {
            // If the source has a key, it is unknown whether the JSON contains the key.
            FieldOutcome::Found { found, .. } if matches!(*found.content, Payload::ExistsOnly) => {
                let winner = field
                    .chain
                    .iter()
                    .find(|source| is_winner(field, source, resolved));
                match winner.filter(|source| source.key.is_some()) {
                    Some(source) => Presence::Undecided(vec![source.clone()]),
                    None => Presence::Present,
                }
            }
            FieldOutcome::Failed(failure) if failure.kind().is_unanswered() => Presence::Undecided(
                find_failed_source(field, failure)
                    .into_iter()
                    .cloned()
                    .collect(),
            ),
            FieldOutcome::Found { .. } | FieldOutcome::Failed(_) => Presence::Present,
            FieldOutcome::Missing(_) => match self.find_unreachable(field, resolved) {
                unreachable if unreachable.is_empty() => Presence::Absent,
                unreachable => Presence::Undecided(unreachable),
            },
        }
    }

    /// Returns the unreachable sources before the one that supplied the value, or all unreachable
    /// sources if no value was found.
    fn find_unreachable(&self, field: &PlannedField, resolved: &ResolvedField) -> Vec<Source> {
        let before = field
            .chain
            .iter()
            .take_while(|source| !is_winner(field, source, resolved));
        before
            .filter(|source| !(self.can_read)(&source.address))
            .cloned()
            .collect()
    }

    fn new_layers(&self) -> Result<Layers, crate::Error> {
        let none = || Layer::default().select(self.plan.stage.name(), self.plan.schema, "none");
        let (env_overrides, environment) = (EnvOverrides::default(), self.environment.clone());
        Ok(Layers {
            overrides: none()?,
            local: None,
            defaults: none()?,
            env_overrides,
            environment,
        })
    }

    fn build_field(
        &self,
        field: &PlannedField,
        resolved: ResolvedField,
        structs: &OptionalStructs,
    ) -> ReadField {
        let unreachable = self.find_unreachable(field, &resolved);
        let stage = self.plan.stage.name().to_owned();
        let winner = field
            .chain
            .iter()
            .find(|source| is_winner(field, source, &resolved))
            .cloned();
        let mut undecided = Vec::new();
        // A composed field is as secret as its parts.
        let secrecy = resolved.secrecy;
        let state = match resolved.outcome {
            FieldOutcome::Found { found, .. } => match (winner, field.spec.compose) {
                (Some(source), _) => FieldState::Found(ReadValue { found, source }),
                (None, Some(ComposeSpec { template, .. })) => {
                    FieldState::Composed(ComposedValue { found, template })
                }
                // Only a value of a layer has no source, and all layers are empty.
                (None, None) => FieldState::Undecided,
            },
            FieldOutcome::Failed(failure) => FieldState::Failed(self.adjust_help(failure)),
            FieldOutcome::Missing(_) if !unreachable.is_empty() => FieldState::Undecided,
            FieldOutcome::Missing(_) if field.spec.default.is_some() => {
                match structs.presence_around(&field.path) {
                    Presence::Undecided(sources) if has_wrong_default(field) => {
                        undecided = sources;
                        FieldState::Undecided
                    }
                    _ => {
                        let default = field.spec.default.filter(|_| !field.is_secret());
                        FieldState::Default(default.map(DefaultSpec::as_str))
                    }
                }
            }
            FieldOutcome::Missing(_) if field.spec.shape.optional => FieldState::Unset,
            FieldOutcome::Missing(failure) => match structs.presence_around(&field.path) {
                Presence::Absent => FieldState::Unset,
                Presence::Undecided(sources) => {
                    undecided = sources;
                    FieldState::Undecided
                }
                Presence::Present => FieldState::Failed(failure),
            },
        };
        ReadField {
            planned: PlannedField {
                secrecy,
                ..field.clone()
            },
            unreachable_sources: unreachable,
            undecided_by: undecided,
            failed_parts: Vec::new(),
            presence: structs.presence_around(&field.path),
            state,
            stage,
        }
    }

    /// Reduces the permissions in the help if only the existence of values is checked.
    fn adjust_help(&self, mut failure: Failure) -> Failure {
        if self.mode == ReadMode::Existence {
            failure.diagnostic.help = help::reduce_to_existence(failure.diagnostic.help);
        }
        failure
    }
}

/// Returns whether the default is a text that a load refuses.
fn has_wrong_default(field: &PlannedField) -> bool {
    verify_default(field.spec).is_some_and(|verified| verified.is_err())
}

/// Returns the source that failed; `None` if the whole chain failed.
fn find_failed_source<'a>(field: &'a PlannedField, failure: &Failure) -> Option<&'a Source> {
    field
        .chain
        .iter()
        .find(|source| failure.source() == Some(&field.redact_source(source)))
}

/// Returns whether the value was found in this source.
fn is_winner(field: &PlannedField, source: &Source, resolved: &ResolvedField) -> bool {
    matches!(&resolved.outcome, FieldOutcome::Found { source: winner, .. } if field.redact_source(source) == *winner)
}

impl ReadField {
    /// Returns whether the value must be hidden. If the field's secrecy is unknown, the value
    /// decides.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        let is_found_secret = || matches!(&self.state, FieldState::Found(value) if value.found.is_treated_as_secret());
        match self.planned.secrecy {
            Secrecy::Yes => true,
            Secrecy::Unknown => is_found_secret(),
            Secrecy::No => false,
        }
    }

    /// Returns whether the field's type may contain a secret, and its value is a JSON object or
    /// array that the store does not encrypt.
    #[must_use]
    pub fn can_be_plaintext_secret(&self) -> bool {
        let is_plaintext_json =
            |found: &Found| found.encrypted == Some(false) && found.is_json_container();
        self.planned.secrecy == Secrecy::Unknown
            && matches!(&self.state, FieldState::Found(value) if is_plaintext_json(&value.found))
    }

    /// Returns the source that failed; `None` if the field did not fail, or if no source of the
    /// chain has a value.
    #[must_use]
    pub fn failed_source(&self) -> Option<&Source> {
        match &self.state {
            FieldState::Failed(failure) if failure.kind() != FailureKind::Missing => {
                find_failed_source(&self.planned, failure)
            }
            _ => None,
        }
    }
}

impl ReadValue {
    /// Returns the value as bytes, or `None` if it was not requested.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        self.found.content.bytes()
    }

    /// Returns the value as text, or `None` if it is not text or was not requested.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.bytes()
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Returns whether the value is a StringList.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(*self.found.content, Payload::List(_))
    }

    /// Returns whether the store encrypts the value, if the store reports it.
    #[must_use]
    pub fn is_encrypted(&self) -> Option<bool> {
        self.found.encrypted
    }

    /// Returns the version, if the store has versions.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.found.version.as_deref()
    }

    /// Returns the ARN, if the store returns one.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        self.found.arn.as_deref()
    }
}

impl ComposedValue {
    /// Returns the text, or `None` if the values of the parts were not requested.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let bytes = self.found.content.bytes()?;
        std::str::from_utf8(bytes).ok()
    }
}

/// Never shows the value.
impl fmt::Debug for ComposedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComposedValue")
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

/// Never shows the value.
impl fmt::Debug for ReadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadValue").finish_non_exhaustive()
    }
}

impl fmt::Debug for ReadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadField")
            .field("path", &self.planned.path)
            .finish_non_exhaustive()
    }
}
