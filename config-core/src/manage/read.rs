//! A stage read as a program reads it, by the same plan, wave and stores, without its Rust types.

use super::{
    Access, ManageError,
    verify::{Unverified, verify_found},
};
use crate::{
    aws::Aws,
    error::{Error, Failure, FailureKind},
    fetch::{Stores, fetch},
    incident::Incidents,
    layers::Layer,
    plan::{Call, Plan, PlannedField, wave},
    remedy,
    report::CallReport,
    resolve::{Layers, Resolved, Slot, resolve},
    schema::{Content as Held, Schema, Value},
    store::{BuiltIn, Content, Found, Outcome, Request, Sight, environment::Environment},
};
use stage_config_grammar::source::Address;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;
use zeroize::Zeroizing;

/// How far a stage is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Nothing is called: `value:`, variables that are given, the form of sealed files.
    Offline,
    /// Whether values are there and may be asked for, without asking for them. The one value that comes along unasked is that
    /// of a parameter without encryption, since Parameter Store has no other call by name; it is dropped unseen.
    Existence,
    /// The values.
    Values,
}

/// Whose environment variables `env:` and `kms-env:` are read from.
#[derive(Clone)]
pub enum Variables {
    /// This process's own, as for a program that is started here.
    OfProcess,
    /// A deployment's. What is not among them is not missing, but unknown.
    OfDeployment(BTreeMap<String, Zeroizing<String>>),
}

/// Options of [`Reading::of`].
#[derive(Clone)]
pub struct ReadOptions {
    /// How far.
    pub depth: Depth,
    /// Credentials, region, HTTP client; see [`Identity`](super::Identity). Without one it is made from the environment, if needed.
    pub access: Option<Access>,
    /// The variables.
    pub variables: Variables,
    /// How long it may take, retries included.
    pub deadline: Duration,
}

/// What was read of a stage.
#[derive(Debug)]
pub struct Reading {
    /// The fields, in the order of declaration.
    pub fields: Vec<ReadField>,
    /// The calls that were made.
    pub calls: Vec<CallReport>,
    /// What the stores answered.
    pub(super) outcomes: HashMap<Request, Outcome>,
}

/// One field of a stage.
pub struct ReadField {
    /// The path, as in `mail.password`.
    pub path: String,
    /// What the field says.
    pub value: &'static Value,
    /// Whether the value must not be shown.
    pub secret: bool,
    /// The chain of sources, as they may be shown.
    pub sources: Vec<String>,
    /// Sources before the one that won, or all, that cannot be asked from here: a program's own store, a variable of the deployment, and without
    /// network the remote ones.
    pub unasked: Vec<String>,
    /// What became of it.
    pub state: State,
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
    /// Nothing was found here, but a source that cannot be asked from here may have it.
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

impl Reading {
    /// Reads a stage: every distinct name once, in the same batches as a program.
    ///
    /// # Errors
    ///
    /// Only what keeps every field from being read: sealed files that contradict each other, no runtime. What fails for a field
    /// stands in its [`State`].
    pub async fn of(plan: &Plan, options: &ReadOptions) -> Result<Self, ManageError> {
        let environment = match &options.variables {
            Variables::OfProcess => Environment::Process,
            Variables::OfDeployment(variables) => Environment::Given(Arc::new(variables.clone())),
        };
        let open = Open { options, environment: &environment };
        let calls: Vec<Call> = wave([plan])
            .into_iter()
            .map(|call| Call { requests: call.requests.into_iter().filter(|one| open.asks(&one.0)).collect(), ..call })
            .filter(|call| !call.requests.is_empty())
            .collect();
        let stores = open.stores(plan, &calls)?;
        let (mut outcomes, calls) = fetch(calls, &stores, Instant::now() + options.deadline).await;
        // What nobody asks counts as missing at first, so that the rest of a chain is still tried.
        for source in plan.fields.iter().flat_map(|field| &field.arms).filter(|source| !open.asks(&source.address)) {
            outcomes.insert(Request(source.address.clone()), Outcome::Missing);
        }
        let layers = open.layers(plan).map_err(|error| {
            ManageError::new(FailureKind::InvalidRequest, error.to_string(), "look at the program's own options")
        })?;
        let mut slots = resolve(plan, &layers, &outcomes);
        let absent = absent_structs(plan.schema, &slots);
        let field = |field: &PlannedField| {
            let slot = slots.remove(&field.path)?;
            Some(open.field(plan, field, slot, &absent))
        };
        let fields = plan.fields.iter().filter_map(field).collect();
        Ok(Self { fields, calls, outcomes })
    }

    /// What a load of this stage would fail with, as far as that can be told without the program: every failure that `counts`.
    #[must_use]
    pub fn error(&self, plan: &Plan, counts: impl Fn(&Failure) -> bool) -> Option<Error> {
        let failures = self.fields.iter().filter_map(|field| match &field.state {
            State::Failed(failure) => Some(failure.clone()),
            _ => field.verify()?.err(),
        });
        Error::unresolved(plan.schema, plan.stage.name(), failures.filter(|failure| counts(failure)).collect())
    }
}

struct Open<'a> {
    options: &'a ReadOptions,
    environment: &'a Environment,
}

impl Open<'_> {
    /// Whether there is anybody here to ask for an address.
    fn asks(&self, address: &Address) -> bool {
        match address {
            Address::Env { variable, .. } => self.knows(variable),
            Address::KmsEnv { variable, .. } => self.knows(variable),
            Address::Value(_) | Address::Sealed { .. } => true,
            Address::Custom { .. } => false,
            _ => self.options.depth != Depth::Offline,
        }
    }

    /// An unset variable of this process is missing; of a deployment it is unknown.
    fn knows(&self, variable: &str) -> bool {
        match &self.options.variables {
            Variables::OfProcess => true,
            Variables::OfDeployment(variables) => variables.contains_key(variable),
        }
    }

    fn stores(&self, plan: &Plan, calls: &[Call]) -> Result<Stores, ManageError> {
        let sight = if self.options.depth == Depth::Values { Sight::Values } else { Sight::Existence };
        let aws = Arc::new(Aws::new(self.options.access.clone().map(|access| access.0)));
        let built_in =
            BuiltIn { aws, keys: Arc::default(), environment: self.environment.clone(), sight, plans: vec![plan] };
        let mut stores = Stores::new();
        for call in calls {
            let store = built_in.store(&call.scheme).map_err(|text| {
                ManageError::new(FailureKind::InvalidRequest, text, "give one of the files another name")
            })?;
            stores.extend(store.map(|store| (call.scheme.clone(), store)));
        }
        Ok(stores)
    }

    fn layers(&self, plan: &Plan) -> Result<Layers, Error> {
        let none = || Layer::default().select(plan.stage.name(), plan.schema, "none");
        let environment = self.environment.clone();
        Ok(Layers { overrides: none()?, local: None, defaults: none()?, incidents: Incidents::default(), environment })
    }

    fn field(&self, plan: &Plan, field: &PlannedField, slot: Slot, absent: &[String]) -> ReadField {
        let before = field.arms.iter().take_while(|source| match &slot.outcome {
            Resolved::Found { source: winner, .. } => field.shown(source) != *winner,
            _ => true,
        });
        let unasked: Vec<String> =
            before.filter(|source| !self.asks(&source.address)).map(|source| field.shown(source)).collect();
        let stage = plan.stage.name().to_owned();
        let state = match slot.outcome {
            Resolved::Found { found, source, .. } => State::Found(ReadValue { found, source }),
            Resolved::Failed(failure) => State::Failed(self.as_asked(failure)),
            Resolved::Missing(_) if !unasked.is_empty() => State::Unknown,
            Resolved::Missing(_) if field.value.default.is_some() => {
                State::Default(field.value.default.filter(|_| !field.secret))
            }
            Resolved::Missing(_) if field.value.shape.optional || is_in(absent, &field.path) => State::Absent,
            Resolved::Missing(absence) => State::Failed(Failure {
                field: field.path.clone(),
                stage: stage.clone(),
                source: absence.tried,
                kind: FailureKind::Missing,
                detail: absence.detail,
                remedy: absence.remedy,
            }),
        };
        ReadField {
            path: field.path.clone(),
            value: field.value,
            secret: field.secret,
            sources: field.arms.iter().map(|source| field.shown(source)).collect(),
            unasked,
            state,
            stage,
        }
    }

    /// Who only looks whether a value is there needs less than who reads it.
    fn as_asked(&self, failure: Failure) -> Failure {
        match (self.options.depth, failure.kind) {
            (Depth::Existence, FailureKind::Denied) => {
                Failure { remedy: remedy::without_reading(&failure.remedy), ..failure }
            }
            _ => failure,
        }
    }
}

/// The optional structs of which nothing was found: `mail.`, with the dot.
fn absent_structs(schema: &Schema, slots: &crate::resolve::Slots) -> Vec<String> {
    fn gather(schema: &Schema, prefix: &str, slots: &crate::resolve::Slots, absent: &mut Vec<String>) {
        for field in schema.fields {
            let Held::Nested { schema, optional } = &field.content else { continue };
            let prefix = format!("{prefix}{}.", field.name);
            let present = |(path, slot): (&String, &Slot)| {
                path.starts_with(&prefix) && !matches!(slot.outcome, Resolved::Missing(_))
            };
            if *optional && !slots.iter().any(present) {
                absent.push(prefix);
            } else {
                gather(schema, &prefix, slots, absent);
            }
        }
    }
    let mut absent = Vec::new();
    gather(schema, "", slots, &mut absent);
    absent
}

fn is_in(absent: &[String], path: &str) -> bool {
    absent.iter().any(|prefix| path.starts_with(prefix.as_str()))
}

impl ReadField {
    /// Whether the value's text is what the field's kind takes, as far as that can be told without the program; and what can not.
    /// `None` where nothing was found.
    ///
    /// # Errors
    ///
    /// The failure that a load would have.
    pub fn verify(&self) -> Option<Result<Vec<Unverified>, Failure>> {
        let State::Found(value) = &self.state else { return None };
        Some(verify_found(self.value, self.secret, &value.found).map_err(|detail| Failure {
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
