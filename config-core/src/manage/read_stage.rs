//! Reads a stage as a program does, with the same plan, wave and stores, but without the Rust types
//! of the program.

use super::{
    ManageError, ReadMode,
    error::add_tool_help,
    identity::AwsContext,
    read_fields::{FieldsBuilder, ReadField},
};
use crate::{
    aws::SharedAwsConfig,
    error::Error,
    failure::{Failure, FailureKind},
    fetch::{Stores, TimeBudget, WaveResult, fetch},
    outcome::{Outcome, Request},
    plan::{Call, Plan, group_calls},
    report::CallReport,
    store::{BuiltInStores, environment::Environment},
};
use stage_config_grammar::source::Address;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;
use zeroize::Zeroizing;

/// The environment that `env:` and `kms-env:` sources read.
#[derive(Clone)]
pub enum VariableSource {
    /// The environment of this process, for a program that this process starts.
    Process,
    /// The environment of a deployment. If a variable is not in the map, it is unknown whether the
    /// deployment sets it.
    Deployment(BTreeMap<String, Zeroizing<String>>),
    /// The environment of a deployed function. If a variable is not in the map, it is missing. Only
    /// for the variables that Lambda itself may set, this is unknown.
    Function(BTreeMap<String, Zeroizing<String>>),
}

/// The options of [`ReadStage::read_stage`].
#[derive(Clone)]
pub struct ReadOptions {
    /// The extent of the read.
    pub mode: ReadMode,
    /// The credentials, the region and the HTTP client; see [`Identity`](super::Identity). If this
    /// is `None`, the credentials and the region come from the environment when they are needed.
    pub aws: Option<AwsContext>,
    /// The environment variables.
    pub variables: VariableSource,
    /// The maximum time of the read, including retries.
    pub timeout: Duration,
}

/// The result of reading a stage.
#[derive(Debug)]
pub struct ReadStage {
    /// The fields, in order of declaration.
    pub fields: Vec<ReadField>,
    /// The calls that were made.
    pub calls: Vec<CallReport>,
    /// The answers of the stores.
    pub(super) outcomes: HashMap<Request, Outcome>,
    /// The region of sources that name no region. `None` if [`ReadOptions::aws`] is `None` or has
    /// no region.
    region: Option<String>,
}

impl ReadStage {
    /// Reads a stage. Requests every reachable address once. Groups the addresses into the same
    /// calls as a program does, and then removes the unreachable addresses from these calls.
    ///
    /// # Errors
    ///
    /// Returns only errors that affect every field, such as a `sealed:` source for which two
    /// packages embed a file. The failure of a single field is in its
    /// [`FieldState`](super::FieldState).
    pub async fn read_stage(plan: &Plan, options: &ReadOptions) -> Result<Self, ManageError> {
        let reader = StageReader::new(options);
        let calls: Vec<Call> = group_calls([plan])
            .into_iter()
            .map(|call| Call {
                requests: call
                    .requests
                    .into_iter()
                    .filter(|request| reader.can_read(&request.0))
                    .collect(),
                ..call
            })
            .filter(|call| !call.requests.is_empty())
            .collect();
        let stores = reader.create_stores(plan, &calls)?;
        let time_budget = TimeBudget::new(Instant::now(), options.timeout);
        let WaveResult {
            outcomes, calls, ..
        } = fetch(calls, &stores, time_budget).await;
        let outcomes = outcomes
            .into_iter()
            .map(|(request, outcome)| (request, add_tool_help(outcome)))
            .collect();
        reader.to_read_stage(plan, outcomes, calls)
    }

    /// Returns the region of the sources that name no region, if several values were requested
    /// there and none exists. In this case, the region may be wrong.
    #[must_use]
    pub fn empty_region(&self) -> Option<&str> {
        let has_no_region = |request: &Request| {
            let address = request.parsed_address();
            address.is_in_service() && address.region().is_none()
        };
        let in_region = self.outcomes.iter();
        let in_region = in_region.filter(|(request, _)| has_no_region(request));
        let outcomes: Vec<&Outcome> = in_region.map(|(_, outcome)| outcome).collect();
        let are_missing = outcomes.iter().all(|one| matches!(one, Outcome::Missing));
        self.region
            .as_deref()
            .filter(|_| outcomes.len() > 1 && are_missing)
    }

    /// Returns the error that a load of this stage would have. The error contains the known
    /// failures for which `is_included` returns `true`. Returns `None` if there are none. A load
    /// may have other failures, which only the program can detect.
    #[must_use]
    pub fn load_error(&self, plan: &Plan, is_included: impl Fn(&Failure) -> bool) -> Option<Error> {
        let failures = self.fields.iter().filter_map(ReadField::load_failure);
        Error::unresolved(
            plan.schema,
            plan.stage.name(),
            failures.filter(|failure| is_included(failure)).collect(),
        )
    }
}

/// Returns whether Lambda may set the variable in a function (Lambda developer guide, "Defined
/// runtime environment variables").
fn is_set_by_lambda(variable: &str) -> bool {
    const NAMES: [&str; 27] = [
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_LEVEL",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "TZ",
        "_HANDLER",
    ];
    NAMES.contains(&variable) || variable == "_X_AMZN_TRACE_ID"
}

pub(super) struct StageReader<'a> {
    options: &'a ReadOptions,
    environment: Environment,
}

impl<'a> StageReader<'a> {
    pub(super) fn new(options: &'a ReadOptions) -> Self {
        let environment = match &options.variables {
            VariableSource::Process => Environment::Process,
            VariableSource::Deployment(variables) | VariableSource::Function(variables) => {
                Environment::Fixed(Arc::new(variables.clone()))
            }
        };
        Self {
            options,
            environment,
        }
    }

    /// Builds the result from these answers.
    pub(super) fn to_read_stage(
        &self,
        plan: &Plan,
        outcomes: HashMap<Request, Outcome>,
        calls: Vec<CallReport>,
    ) -> Result<ReadStage, ManageError> {
        let builder = FieldsBuilder {
            plan,
            can_read: &|address| self.can_read(address),
            environment: &self.environment,
            mode: self.options.mode,
        };
        Ok(ReadStage {
            fields: builder.build_fields(&outcomes)?,
            calls,
            outcomes,
            region: self
                .options
                .aws
                .as_ref()
                .and_then(AwsContext::region)
                .map(str::to_owned),
        })
    }

    /// Returns whether this read can reach an address.
    pub(super) fn can_read(&self, address: &Address) -> bool {
        match address {
            Address::Env { variable, .. } => self.has_variable(variable),
            Address::KmsEnv { variable, .. } => self.has_variable(variable),
            Address::Value(_) | Address::Sealed { .. } => true,
            Address::Custom { .. } => false,
            _ => self.options.mode != ReadMode::Offline,
        }
    }

    /// Returns whether it is known if the variable is set. In this process, this is known for every
    /// variable. In a deployment, it is known only for the listed variables. In a function, it is
    /// also known for the unlisted variables, except those that Lambda may set.
    fn has_variable(&self, variable: &str) -> bool {
        match &self.options.variables {
            VariableSource::Process => true,
            VariableSource::Deployment(variables) => variables.contains_key(variable),
            VariableSource::Function(variables) => {
                variables.contains_key(variable) || !is_set_by_lambda(variable)
            }
        }
    }

    fn create_stores(&self, plan: &Plan, calls: &[Call]) -> Result<Stores, ManageError> {
        let aws = Arc::new(SharedAwsConfig::new(
            self.options.aws.clone().map(|context| context.0),
        ));
        let built_in = BuiltInStores {
            aws,
            keys: Arc::default(),
            sessions: Arc::default(),
            environment: self.environment.clone(),
            mode: self.options.mode,
            plans: vec![plan],
        };
        let mut stores = Stores::new();
        for call in calls {
            let store = built_in.new_store(&call.scheme).map_err(|mistake| {
                ManageError::new(
                    FailureKind::InvalidRequest,
                    mistake.subject,
                    mistake.detail,
                    mistake.help,
                )
            })?;
            stores.extend(store.map(|store| (call.scheme.clone(), store)));
        }
        Ok(stores)
    }
}
