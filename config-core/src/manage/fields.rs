//! From what was answered for a stage to its fields, by the same resolution as in a program, without its Rust types.

use super::{
    Depth, ManageError,
    presence::{OptionalStructs, Presence, Traces},
    verify::{Unverified, verify_found},
};
use crate::{
    failure::{Failure, FailureKind},
    incident::Incidents,
    layers::Layer,
    outcome::{Content, Found, Outcome, Request},
    plan::{Plan, PlannedField},
    remedy,
    resolve::{Layers, Resolved, Slot, resolve},
    schema::{Secrecy, Value},
    store::environment::Environment,
};
use stage_config_grammar::source::{Address, Source};
use std::{collections::HashMap, fmt};

/// One field of a stage.
pub struct ReadField {
    /// The path, as in `mail.password`.
    pub path: String,
    /// What the field says.
    pub value: &'static Value,
    /// Whether the value must be hidden, as far as the field tells; see [`is_secret`](Self::is_secret).
    pub secrecy: Secrecy,
    /// The chain of sources, as they may be shown.
    pub sources: Vec<String>,
    /// Sources before the one that won, or all, that cannot be asked from here: a program's own store, a variable of the
    /// deployment, and without network the remote ones. If one of them has a value, that value counts, and `state` does not.
    pub unasked: Vec<String>,
    /// Sources of other fields that decide whether the optional struct is there which this field is in.
    pub undecided: Vec<String>,
    /// What became of it.
    pub state: State,
    /// It is in no optional struct that is absent.
    may_be_built: bool,
    stage: String,
}

/// What became of a field.
pub enum State {
    /// A source has it.
    Found(ReadValue),
    /// Nothing was found, and the field has a default: the expression, which is hidden where the field is secret.
    Default(Option<&'static str>),
    /// Nothing was found, and nothing is needed: the field, or a struct that it is in, is optional.
    Absent,
    /// Nothing was found, and it is not known whether that is an error: a source that cannot be asked from here may have it, or
    /// the optional struct that it is in may be absent.
    Unknown,
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
pub(super) struct Answered<'a> {
    pub(super) plan: &'a Plan,
    /// Whether there is anybody here to ask for an address.
    pub(super) asks: &'a dyn Fn(&Address) -> bool,
    pub(super) environment: &'a Environment,
    pub(super) depth: Depth,
}

impl Answered<'_> {
    /// The fields, in the order of declaration.
    ///
    /// # Errors
    ///
    /// Where the layers around the answers cannot be made.
    pub(super) fn fields(&self, outcomes: &HashMap<Request, Outcome>) -> Result<Vec<ReadField>, ManageError> {
        let mut outcomes = outcomes.clone();
        // What nobody asks counts as missing at first, so that the rest of a chain is still tried.
        let sources = self.plan.fields.iter().flat_map(|field| &field.arms);
        for source in sources.filter(|source| !(self.asks)(&source.address)) {
            outcomes.insert(Request(source.address.clone()), Outcome::Missing);
        }
        let layers = self.layers().map_err(|error| {
            ManageError::new(FailureKind::InvalidRequest, error.to_string(), "look at the program's own options")
        })?;
        let mut slots = resolve(self.plan, &layers, &outcomes);
        let structs = OptionalStructs::of(self.plan, |field| self.traces(field, slots.get(&field.path)));
        let field = |field: &PlannedField| {
            let slot = slots.remove(&field.path)?;
            Some(self.field(field, slot, &structs))
        };
        Ok(self.plan.fields.iter().filter_map(field).collect())
    }

    /// What a field tells of the structs that it is in.
    fn traces(&self, field: &PlannedField, slot: Option<&Slot>) -> Traces {
        let Some(slot) = slot else { return Traces::None };
        match &slot.outcome {
            // That its JSON has the key was not looked at.
            Resolved::Found { found, .. } if matches!(*found.content, Content::Unseen) => {
                let won = field.arms.iter().find(|source| is_winner(field, source, slot));
                match won.filter(|source| source.key.is_some()) {
                    Some(source) => Traces::Open(vec![field.shown(source)]),
                    None => Traces::Some,
                }
            }
            Resolved::Failed(failure) if failure.kind.is_unanswered() => {
                Traces::Open(failure.source.iter().cloned().collect())
            }
            Resolved::Found { .. } | Resolved::Failed(_) => Traces::Some,
            Resolved::Missing(_) => match self.unasked(field, slot) {
                unasked if unasked.is_empty() => Traces::None,
                unasked => Traces::Open(unasked),
            },
        }
    }

    /// The sources before the one that won, or all, that cannot be asked from here.
    fn unasked(&self, field: &PlannedField, slot: &Slot) -> Vec<String> {
        let before = field.arms.iter().take_while(|source| !is_winner(field, source, slot));
        before.filter(|source| !(self.asks)(&source.address)).map(|source| field.shown(source)).collect()
    }

    fn layers(&self) -> Result<Layers, crate::Error> {
        let none = || Layer::default().select(self.plan.stage.name(), self.plan.schema, "none");
        let (incidents, environment) = (Incidents::default(), self.environment.clone());
        Ok(Layers { overrides: none()?, local: None, defaults: none()?, incidents, environment })
    }

    fn field(&self, field: &PlannedField, slot: Slot, structs: &OptionalStructs) -> ReadField {
        let unasked = self.unasked(field, &slot);
        let may_be_built = !matches!(structs.around(&field.path), Presence::Absent);
        let stage = self.plan.stage.name().to_owned();
        let mut undecided = Vec::new();
        let state = match slot.outcome {
            Resolved::Found { found, source, .. } => State::Found(ReadValue { found, source }),
            Resolved::Failed(failure) => State::Failed(self.as_asked(failure)),
            Resolved::Missing(_) if !unasked.is_empty() => State::Unknown,
            Resolved::Missing(_) if field.value.default.is_some() => {
                State::Default(field.value.default.filter(|_| !field.is_secret()))
            }
            Resolved::Missing(_) if field.value.shape.optional => State::Absent,
            Resolved::Missing(absence) => match structs.around(&field.path) {
                Presence::Absent => State::Absent,
                Presence::Undecided(sources) => {
                    undecided = sources;
                    State::Unknown
                }
                Presence::Present => State::Failed(Failure {
                    field: field.path.clone(),
                    stage: stage.clone(),
                    source: absence.tried,
                    kind: FailureKind::Missing,
                    detail: absence.detail,
                    remedy: absence.remedy,
                }),
            },
        };
        ReadField {
            path: field.path.clone(),
            value: field.value,
            secrecy: field.secrecy,
            sources: field.arms.iter().map(|source| field.shown(source)).collect(),
            unasked,
            undecided,
            may_be_built,
            state,
            stage,
        }
    }

    /// Who only looks whether a value is there needs less than who reads it.
    fn as_asked(&self, failure: Failure) -> Failure {
        match (self.depth, failure.kind) {
            (Depth::Existence, FailureKind::Denied) => {
                Failure { remedy: remedy::without_reading(&failure.remedy), ..failure }
            }
            _ => failure,
        }
    }
}

/// Whether a source is the one whose value was found.
fn is_winner(field: &PlannedField, source: &Source, slot: &Slot) -> bool {
    matches!(&slot.outcome, Resolved::Found { source: winner, .. } if field.shown(source) == *winner)
}

impl ReadField {
    /// Whether the value must be hidden. Of a field of unknown secrecy the value that was found decides.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        let told = || matches!(&self.state, State::Found(value) if value.found.tells_a_secret());
        self.secrecy == Secrecy::Yes || self.secrecy == Secrecy::Unknown && told()
    }

    /// Whether a type that may hold a secret reads a JSON object or array that its store does not encrypt.
    #[must_use]
    pub fn may_be_a_secret_in_clear(&self) -> bool {
        let in_clear = |found: &Found| found.encrypted == Some(false) && found.is_json_container();
        self.secrecy == Secrecy::Unknown && matches!(&self.state, State::Found(value) if in_clear(&value.found))
    }

    /// What a load would fail with, as far as that can be told without the program.
    pub(super) fn failure(&self) -> Option<Failure> {
        match &self.state {
            State::Failed(failure) => Some(failure.clone()),
            _ => self.verify()?.err(),
        }
    }

    /// Whether the value's text is what the field's kind takes, as far as that can be told without the program; and what can not.
    /// `None` where nothing was found, and no `validate` gets the default or the `None` of the field.
    ///
    /// # Errors
    ///
    /// The failure that a load would have.
    pub fn verify(&self) -> Option<Result<Vec<Unverified>, Failure>> {
        let value = match &self.state {
            State::Found(value) => value,
            State::Default(_) | State::Absent if self.value.validated && self.may_be_built => {
                return Some(Ok(vec![Unverified::Validate]));
            }
            _ => return None,
        };
        Some(verify_found(self.value, self.secrecy, &value.found).map_err(|detail| Failure {
            field: self.path.clone(),
            stage: self.stage.clone(),
            source: Some(value.source.clone()),
            kind: FailureKind::Undecodable,
            detail,
            remedy: remedy::for_text(self.value.shape.kind, &value.source),
        }))
    }
}

impl ReadValue {
    /// The value as bytes; `None` where it was not asked for.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match &*self.found.content {
            Content::Text(text) | Content::List(text) => Some(text.as_bytes()),
            Content::Binary(bytes) => Some(bytes),
            Content::Unseen => None,
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
        matches!(*self.found.content, Content::List(_))
    }

    /// Whether it is bytes that the store keeps as bytes: a SecretBinary, a sealed file that is no text.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        matches!(*self.found.content, Content::Binary(_))
    }

    /// Whether the store keeps it encrypted, where it says so.
    #[must_use]
    pub fn encrypted(&self) -> Option<bool> {
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
