//! A stage read as a program reads it, by the same plan, wave and stores, without its Rust types.

use super::{
    ManageError, ReadMode,
    identity::AwsContext,
    read_fields::{ReadField, StageAnswers},
};
use crate::{
    aws::SharedAwsConfig,
    error::Error,
    failure::{Failure, FailureKind},
    fetch::{Stores, fetch},
    outcome::{Outcome, Request},
    plan::{Call, Plan, group_calls},
    report::CallReport,
    store::{BuiltInStores, Sight, environment::Environment},
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
pub enum VariableSource {
    /// This process's own, as for a program that is started here.
    Process,
    /// A deployment's. What is not among them is not missing, but unknown.
    Deployment(BTreeMap<String, Zeroizing<String>>),
}

/// Options of [`ReadStage::read_stage`].
#[derive(Clone)]
pub struct ReadOptions {
    /// How far.
    pub mode: ReadMode,
    /// Credentials, region, HTTP client; see [`Identity`](super::Identity). Without one it is made from the environment, if needed.
    pub aws: Option<AwsContext>,
    /// The variables.
    pub variables: VariableSource,
    /// How long it may take, retries included.
    pub timeout: Duration,
}

/// What was read of a stage.
#[derive(Debug)]
pub struct ReadStage {
    /// The fields, in the order of declaration.
    pub fields: Vec<ReadField>,
    /// The calls that were made.
    pub calls: Vec<CallReport>,
    /// What the stores answered.
    pub(super) outcomes: HashMap<Request, Outcome>,
}

impl ReadStage {
    /// Reads a stage: every distinct name once, in the same batches as a program.
    ///
    /// # Errors
    ///
    /// Only what keeps every field from being read: sealed files that contradict each other, no runtime. What fails for a field
    /// stands in its [`FieldState`](super::FieldState).
    pub async fn read_stage(plan: &Plan, options: &ReadOptions) -> Result<Self, ManageError> {
        let open = StageReader::new(options);
        let calls: Vec<Call> = group_calls([plan])
            .into_iter()
            .map(|call| Call {
                requests: call.requests.into_iter().filter(|one| open.can_ask(&one.0)).collect(),
                ..call
            })
            .filter(|call| !call.requests.is_empty())
            .collect();
        let stores = open.stores(plan, &calls)?;
        let (outcomes, calls) = fetch(calls, &stores, Instant::now() + options.timeout).await;
        open.to_read_stage(plan, outcomes, calls)
    }

    /// What a load of this stage would fail with, as far as that can be told without the program: every failure that `counts`.
    #[must_use]
    pub fn load_error(&self, plan: &Plan, counts: impl Fn(&Failure) -> bool) -> Option<Error> {
        let failures = self.fields.iter().filter_map(ReadField::load_failure);
        Error::unresolved(plan.schema, plan.stage.name(), failures.filter(|failure| counts(failure)).collect())
    }
}

pub(super) struct StageReader<'a> {
    options: &'a ReadOptions,
    environment: Environment,
}

impl<'a> StageReader<'a> {
    pub(super) fn new(options: &'a ReadOptions) -> Self {
        let environment = match &options.variables {
            VariableSource::Process => Environment::Process,
            VariableSource::Deployment(variables) => Environment::Fixed(Arc::new(variables.clone())),
        };
        Self { options, environment }
    }

    /// What these answers say of the stage.
    pub(super) fn to_read_stage(
        &self,
        plan: &Plan,
        outcomes: HashMap<Request, Outcome>,
        calls: Vec<CallReport>,
    ) -> Result<ReadStage, ManageError> {
        let answered = StageAnswers {
            plan,
            can_ask: &|address| self.can_ask(address),
            environment: &self.environment,
            mode: self.options.mode,
        };
        Ok(ReadStage { fields: answered.build_fields(&outcomes)?, calls, outcomes })
    }

    /// Whether there is anybody here to ask for an address.
    pub(super) fn can_ask(&self, address: &Address) -> bool {
        match address {
            Address::Env { variable, .. } => self.has_variable(variable),
            Address::KmsEnv { variable, .. } => self.has_variable(variable),
            Address::Value(_) | Address::Sealed { .. } => true,
            Address::Custom { .. } => false,
            _ => self.options.mode != ReadMode::Offline,
        }
    }

    /// An unset variable of this process is missing; of a deployment it is unknown.
    fn has_variable(&self, variable: &str) -> bool {
        match &self.options.variables {
            VariableSource::Process => true,
            VariableSource::Deployment(variables) => variables.contains_key(variable),
        }
    }

    fn stores(&self, plan: &Plan, calls: &[Call]) -> Result<Stores, ManageError> {
        let sight = if self.options.mode == ReadMode::Values { Sight::Values } else { Sight::Existence };
        let aws = Arc::new(SharedAwsConfig::new(self.options.aws.clone().map(|access| access.0)));
        let built_in = BuiltInStores {
            aws,
            keys: Arc::default(),
            environment: self.environment.clone(),
            mode: sight,
            plans: vec![plan],
        };
        let mut stores = Stores::new();
        for call in calls {
            let store = built_in.new_store(&call.scheme).map_err(|mistake| {
                ManageError::new(FailureKind::InvalidRequest, mistake.subject, mistake.detail, mistake.help)
            })?;
            stores.extend(store.map(|store| (call.scheme.clone(), store)));
        }
        Ok(stores)
    }
}
