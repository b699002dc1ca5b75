//! A stage read as a program reads it, by the same plan, wave and stores, without its Rust types.

use super::{
    Depth, ManageError,
    fields::{Answered, ReadField},
    identity::Access,
};
use crate::{
    aws::Aws,
    error::Error,
    failure::{Failure, FailureKind},
    fetch::{Stores, fetch},
    outcome::{Outcome, Request},
    plan::{Call, Plan, wave},
    report::CallReport,
    store::{BuiltIn, Sight, environment::Environment},
};
use stage_config_grammar::source::Address;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;
use zeroize::Zeroizing;

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

impl Reading {
    /// Reads a stage: every distinct name once, in the same batches as a program.
    ///
    /// # Errors
    ///
    /// Only what keeps every field from being read: sealed files that contradict each other, no runtime. What fails for a field
    /// stands in its [`State`](super::State).
    pub async fn of(plan: &Plan, options: &ReadOptions) -> Result<Self, ManageError> {
        let open = Open::new(options);
        let calls: Vec<Call> = wave([plan])
            .into_iter()
            .map(|call| Call { requests: call.requests.into_iter().filter(|one| open.asks(&one.0)).collect(), ..call })
            .filter(|call| !call.requests.is_empty())
            .collect();
        let stores = open.stores(plan, &calls)?;
        let (outcomes, calls) = fetch(calls, &stores, Instant::now() + options.deadline).await;
        open.reading(plan, outcomes, calls)
    }

    /// What a load of this stage would fail with, as far as that can be told without the program: every failure that `counts`.
    #[must_use]
    pub fn error(&self, plan: &Plan, counts: impl Fn(&Failure) -> bool) -> Option<Error> {
        let failures = self.fields.iter().filter_map(ReadField::failure);
        Error::unresolved(plan.schema, plan.stage.name(), failures.filter(|failure| counts(failure)).collect())
    }
}

pub(super) struct Open<'a> {
    options: &'a ReadOptions,
    environment: Environment,
}

impl<'a> Open<'a> {
    pub(super) fn new(options: &'a ReadOptions) -> Self {
        let environment = match &options.variables {
            Variables::OfProcess => Environment::Process,
            Variables::OfDeployment(variables) => Environment::Given(Arc::new(variables.clone())),
        };
        Self { options, environment }
    }

    /// What these answers say of the stage.
    pub(super) fn reading(
        &self,
        plan: &Plan,
        outcomes: HashMap<Request, Outcome>,
        calls: Vec<CallReport>,
    ) -> Result<Reading, ManageError> {
        let answered = Answered {
            plan,
            asks: &|address| self.asks(address),
            environment: &self.environment,
            depth: self.options.depth,
        };
        Ok(Reading { fields: answered.fields(&outcomes)?, calls, outcomes })
    }

    /// Whether there is anybody here to ask for an address.
    pub(super) fn asks(&self, address: &Address) -> bool {
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
}
