//! From what was answered for a stage to its fields, by the same resolution as in a program, without its Rust types.

use super::{
    ManageError, ReadMode,
    presence::{OptionalStructs, Presence, PresenceEvidence},
    verify::{UnverifiedPart, verify_found},
};
use crate::{
    diagnostic::Diagnostic,
    failure::{Failure, FailureKind},
    help,
    layers::Layer,
    outcome::{Found, Outcome, Payload, Request},
    overrides::EnvOverrides,
    plan::{Plan, PlannedField},
    resolve::{FieldOutcome, Layers, ResolvedField, resolve},
    schema::{FieldSpec, Secrecy},
    store::environment::Environment,
};
use stage_config_grammar::source::{Address, Source};
use std::{collections::HashMap, fmt};

/// One field of a stage.
pub struct ReadField {
    /// The path, as in `mail.password`.
    pub path: String,
    /// What the field says.
    pub spec: &'static FieldSpec,
    /// Whether the value must be hidden, as far as the field tells; see [`is_secret`](Self::is_secret).
    pub secrecy: Secrecy,
    /// The chain of sources, as they may be shown.
    pub sources: Vec<String>,
    /// Sources before the one that won, or all, that cannot be asked from here: a program's own store, a variable of the
    /// deployment, and without network the remote ones. If one of them has a value, that value counts, and `state` does not.
    pub unreachable_sources: Vec<String>,
    /// Sources of other fields that decide whether the optional struct is there which this field is in.
    pub undecided_by: Vec<String>,
    /// What became of it.
    pub state: FieldState,
    /// It is in no optional struct that is absent.
    may_be_built: bool,
    stage: String,
}

/// What became of a field.
pub enum FieldState {
    /// A source has it.
    Found(ReadValue),
    /// Nothing was found, and the field has a default: the expression, which is hidden where the field is secret.
    Default(Option<&'static str>),
    /// Nothing was found, and nothing is needed: the field, or a struct that it is in, is optional.
    Unset,
    /// Nothing was found, and it is not known whether that is an error: a source that cannot be asked from here may have it, or
    /// the optional struct that it is in may be absent.
    Undecided,
    /// Nothing was found, and the field needs a value; or a read failed.
    Failed(Failure),
}

/// A value and where it came from. `Debug` shows no part of it; its memory is wiped when the last copy goes.
#[derive(Clone)]
pub struct ReadValue {
    pub(super) found: Found,
    /// The source, in the grammar of sources.
    pub source: String,
}

/// Who was asked for a stage, and how far.
pub(super) struct StageAnswers<'a> {
    pub(super) plan: &'a Plan,
    /// Whether there is anybody here to ask for an address.
    pub(super) can_ask: &'a dyn Fn(&Address) -> bool,
    pub(super) environment: &'a Environment,
    pub(super) mode: ReadMode,
}

impl StageAnswers<'_> {
    /// The fields, in the order of declaration.
    ///
    /// # Errors
    ///
    /// Where the layers around the answers cannot be made.
    pub(super) fn build_fields(&self, outcomes: &HashMap<Request, Outcome>) -> Result<Vec<ReadField>, ManageError> {
        let mut outcomes = outcomes.clone();
        // What nobody asks counts as missing at first, so that the rest of a chain is still tried.
        let sources = self.plan.fields.iter().flat_map(|field| &field.chain);
        for source in sources.filter(|source| !(self.can_ask)(&source.address)) {
            outcomes.insert(Request(source.address.clone()), Outcome::Missing);
        }
        let layers = self.new_layers().map_err(|error| {
            ManageError::new(FailureKind::InvalidRequest, "", error.to_string(), "look at the program's own options")
        })?;
        let mut slots = resolve(self.plan, &layers, &outcomes);
        let structs = OptionalStructs::from_plan(self.plan, |field| self.find_evidence(field, slots.get(&field.path)));
        let field = |field: &PlannedField| {
            let slot = slots.remove(&field.path)?;
            Some(self.build_field(field, slot, &structs))
        };
        Ok(self.plan.fields.iter().filter_map(field).collect())
    }

    /// What a field tells of the structs that it is in.
    fn find_evidence(&self, field: &PlannedField, slot: Option<&ResolvedField>) -> PresenceEvidence {
        let Some(slot) = slot else { return PresenceEvidence::Absent };
        match &slot.outcome {
            // That its JSON has the key was not looked at.
            FieldOutcome::Found { found, .. } if matches!(*found.content, Payload::ExistsOnly) => {
                let won = field.chain.iter().find(|source| is_winner(field, source, slot));
                match won.filter(|source| source.key.is_some()) {
                    Some(source) => PresenceEvidence::Undecided(vec![field.redact_source(source)]),
                    None => PresenceEvidence::Present,
                }
            }
            FieldOutcome::Failed(failure) if failure.kind().is_unanswered() => {
                PresenceEvidence::Undecided(failure.source.iter().cloned().collect())
            }
            FieldOutcome::Found { .. } | FieldOutcome::Failed(_) => PresenceEvidence::Present,
            FieldOutcome::Missing(_) => match self.find_unreachable(field, slot) {
                unasked if unasked.is_empty() => PresenceEvidence::Absent,
                unasked => PresenceEvidence::Undecided(unasked),
            },
        }
    }

    /// The sources before the one that won, or all, that cannot be asked from here.
    fn find_unreachable(&self, field: &PlannedField, slot: &ResolvedField) -> Vec<String> {
        let before = field.chain.iter().take_while(|source| !is_winner(field, source, slot));
        before.filter(|source| !(self.can_ask)(&source.address)).map(|source| field.redact_source(source)).collect()
    }

    fn new_layers(&self) -> Result<Layers, crate::Error> {
        let none = || Layer::default().select(self.plan.stage.name(), self.plan.schema, "none");
        let (incidents, environment) = (EnvOverrides::default(), self.environment.clone());
        Ok(Layers { overrides: none()?, local: None, defaults: none()?, env_overrides: incidents, environment })
    }

    fn build_field(&self, field: &PlannedField, slot: ResolvedField, structs: &OptionalStructs) -> ReadField {
        let unasked = self.find_unreachable(field, &slot);
        let may_be_built = !matches!(structs.presence_around(&field.path), Presence::Absent);
        let stage = self.plan.stage.name().to_owned();
        let mut undecided = Vec::new();
        let state = match slot.outcome {
            FieldOutcome::Found { found, source, .. } => FieldState::Found(ReadValue { found, source }),
            FieldOutcome::Failed(failure) => FieldState::Failed(self.adjust_help(failure)),
            FieldOutcome::Missing(_) if !unasked.is_empty() => FieldState::Undecided,
            FieldOutcome::Missing(_) if field.spec.default.is_some() => {
                FieldState::Default(field.spec.default.filter(|_| !field.is_secret()))
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
            path: field.path.clone(),
            spec: field.spec,
            secrecy: field.secrecy,
            sources: field.chain.iter().map(|source| field.redact_source(source)).collect(),
            unreachable_sources: unasked,
            undecided_by: undecided,
            may_be_built,
            state,
            stage,
        }
    }

    /// To ask whether a value exists needs less than to read it.
    fn adjust_help(&self, mut failure: Failure) -> Failure {
        if self.mode == ReadMode::Existence {
            failure.diagnostic.help = help::reduce_to_existence(failure.diagnostic.help);
        }
        failure
    }
}

/// Whether a source is the one whose value was found.
fn is_winner(field: &PlannedField, source: &Source, slot: &ResolvedField) -> bool {
    matches!(&slot.outcome, FieldOutcome::Found { source: winner, .. } if field.redact_source(source) == *winner)
}

impl ReadField {
    /// Whether the value must be hidden. Of a field of unknown secrecy the value that was found decides.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        let told = || matches!(&self.state, FieldState::Found(value) if value.found.is_treated_as_secret());
        self.secrecy == Secrecy::Yes || self.secrecy == Secrecy::Unknown && told()
    }

    /// Whether a type that may hold a secret reads a JSON object or array that its store does not encrypt.
    #[must_use]
    pub fn can_be_plaintext_secret(&self) -> bool {
        let in_clear = |found: &Found| found.encrypted == Some(false) && found.is_json_container();
        self.secrecy == Secrecy::Unknown && matches!(&self.state, FieldState::Found(value) if in_clear(&value.found))
    }

    /// What a load would fail with, as far as that can be told without the program.
    pub(super) fn load_failure(&self) -> Option<Failure> {
        match &self.state {
            FieldState::Failed(failure) => Some(failure.clone()),
            _ => self.verify()?.err(),
        }
    }

    /// Whether the value's text is what the field's kind takes, as far as that can be told without the program; and what can not.
    /// `None` where nothing was found, and no `validate` gets the default or the `None` of the field.
    ///
    /// # Errors
    ///
    /// The failure that a load would have.
    pub fn verify(&self) -> Option<Result<Vec<UnverifiedPart>, Failure>> {
        let value = match &self.state {
            FieldState::Found(value) => value,
            FieldState::Default(_) | FieldState::Unset if self.spec.validated && self.may_be_built => {
                return Some(Ok(vec![UnverifiedPart::Validate]));
            }
            _ => return None,
        };
        Some(verify_found(self.spec, self.secrecy, &value.found).map_err(|detail| Failure {
            stage: self.stage.clone(),
            source: Some(value.source.clone()),
            diagnostic: Diagnostic::new(
                FailureKind::Undecodable,
                self.path.clone(),
                detail,
                help::for_text(self.spec.shape.kind, &value.source),
            ),
        }))
    }
}

impl ReadValue {
    /// The value as bytes; `None` where it was not asked for.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match &*self.found.content {
            Payload::Text(text) | Payload::List(text) => Some(text.as_bytes()),
            Payload::Binary(bytes) => Some(bytes),
            Payload::ExistsOnly => None,
        }
    }

    /// The value as text; `None` where it is none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Whether it is a StringList.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(*self.found.content, Payload::List(_))
    }

    /// Whether it is bytes that the store keeps as bytes: a SecretBinary, a sealed file that is no text.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        matches!(*self.found.content, Payload::Binary(_))
    }

    /// Whether the store keeps it encrypted, where it says so.
    #[must_use]
    pub fn is_encrypted(&self) -> Option<bool> {
        self.found.encrypted
    }

    /// The version, where the store has versions.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.found.version.as_deref()
    }

    /// The ARN, where the store says one.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        self.found.arn.as_deref()
    }
}

/// Never the value.
impl fmt::Debug for ReadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadValue").field("source", &self.source).finish_non_exhaustive()
    }
}

impl fmt::Debug for ReadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadField").field("path", &self.path).finish_non_exhaustive()
    }
}
