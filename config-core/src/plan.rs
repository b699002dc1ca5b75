//! The plan of a stage: the requests that it needs. Planning uses no network and no environment
//! variables.

mod field;
mod planner;
#[cfg(feature = "manage")]
mod template_sources;
mod templates;

pub use field::PlannedField;
#[cfg(feature = "manage")]
pub use template_sources::list_template_sources;

use crate::{
    error::Error, outcome::Request, overrides::EnvOverrides, schema::Schema, stage::Stage,
};
use planner::Planner;
use serde::Serialize;
use stage_config_grammar::source::Address;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Parameter Store accepts ten names per call (API reference, `GetParameters`).
const MAX_NAMES_PER_CALL: usize = 10;
/// Secrets Manager accepts twenty IDs per batch (API reference, `BatchGetSecretValue`).
const MAX_SECRETS_PER_CALL: usize = 20;

/// The sources that one stage of a configuration reads, and the calls that fetch them.
///
/// ```
/// use stage_config::StageConfig;
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}")]
/// struct Config {
///     table: String,
///     queue: String,
/// }
///
/// let plan = Config::loader().stage("prod").plan()?;
/// assert_eq!(plan.calls().len(), 1); // both names in one GetParameters
/// assert_eq!(plan.sources("queue").unwrap(), ["/shop/prod/queue"]);
/// # Ok::<(), stage_config::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Plan {
    pub(crate) schema: &'static Schema,
    pub(crate) stage: Stage,
    pub(crate) fields: Vec<PlannedField>,
    /// Whether to use `BatchGetSecretValue` instead of one `GetSecretValue` for each secret.
    pub(crate) batch_secrets: bool,
}

/// One call to a store.
///
/// ```
/// # use stage_config::{Error, StageConfig};
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}")]
/// struct Config {
///     table: String,
///     queue: String,
///     #[stage(prod = "/shared/certificate?region=us-east-1")]
///     certificate: String,
/// }
///
/// // A source in another region needs another call. A load sends both calls at the same time.
/// let calls = Config::loader().stage("prod").plan()?.calls();
/// let [here, virginia] = &calls[..] else { panic!() };
/// assert_eq!((here.region.as_deref(), here.requests.len()), (None, 2));
/// assert_eq!((virginia.region.as_deref(), virginia.requests.len()), (Some("us-east-1"), 1));
/// assert_eq!(virginia.requests[0].to_string(), "/shared/certificate?region=us-east-1");
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The scheme of the store.
    pub scheme: String,
    /// The region that the sources name, or `None` for the program's own region.
    pub region: Option<String>,
    /// The role that the sources name, or `None` for the program's own credentials.
    pub role: Option<String>,
    /// The requests of the call.
    #[serde(serialize_with = "serialize_requests")]
    pub requests: Vec<Request>,
}

fn serialize_requests<S: serde::Serializer>(
    requests: &[Request],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(requests.iter().map(Request::to_string))
}

impl Plan {
    /// Plans a stage. A field for which `has_value` returns `true` already has a value and is not
    /// fetched.
    ///
    /// ```
    /// use stage_config::{Error, Plan, Stage, StageConfig};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     table: String,
    ///     queue: String,
    /// }
    ///
    /// // Unlike `Loader::plan`, this reads no environment variable, and needs no Rust type: a
    /// // schema may come from a manifest.
    /// let stage = Stage::choose(&Config::SCHEMA, "prod")?;
    /// let plan = Plan::new(&Config::SCHEMA, stage, |field| field == "queue")?;
    /// assert_eq!(plan.to_string(), "configuration `Config`, stage `prod`
    ///   table: /shop/prod/table
    ///   queue: (nothing is fetched)
    /// ");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error with all sources that are invalid after the placeholders are replaced, and
    /// with the fields that read a path although their type cannot hold a map.
    pub fn new(
        schema: &'static Schema,
        stage: Stage,
        has_value: impl Fn(&str) -> bool,
    ) -> Result<Self, Error> {
        Self::with_overrides(schema, stage, has_value, &EnvOverrides::default())
    }

    /// Plans a stage with the environment overrides. If a variable redirects a field to another
    /// source, the field is read only from there.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`new`](Self::new).
    pub(crate) fn with_overrides(
        schema: &'static Schema,
        stage: Stage,
        has_value: impl Fn(&str) -> bool,
        overrides: &EnvOverrides,
    ) -> Result<Self, Error> {
        let (fields, failures) = Planner::plan(schema, &stage, &has_value, overrides);
        match Error::unresolved(schema, stage.name(), failures) {
            Some(error) => Err(error),
            None => Ok(Self {
                schema,
                stage,
                fields,
                batch_secrets: schema.batch_secrets,
            }),
        }
    }

    /// Returns the stage.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Returns the calls that fetch all values. A load makes them concurrently. Reading `env:` and
    /// `value:` needs no call.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        group_calls([self])
    }

    /// Returns the paths of all fields. A field of a nested struct has a path such as
    /// `mail.password`.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.path.as_str())
    }

    /// Returns the requests of all fields. A request that several fields need occurs once for each
    /// of them.
    pub(crate) fn requests(&self) -> impl Iterator<Item = Request> {
        let sources = self.fields.iter().flat_map(|field| &field.chain);
        sources
            .filter(|source| source.address.is_remote())
            .map(|source| Request(source.address.clone()))
    }

    /// Returns a plan with only the requests for which `is_wanted` returns `true`, and the fields
    /// that need them.
    pub(crate) fn retain_requests(&self, is_wanted: impl Fn(&Request) -> bool) -> Self {
        let mut plan = self.clone();
        for field in &mut plan.fields {
            field.chain.retain(|source| {
                source.address.is_remote() && is_wanted(&Request(source.address.clone()))
            });
        }
        plan.fields.retain(|field| !field.chain.is_empty());
        plan
    }

    /// Returns the schema.
    #[must_use]
    pub fn schema(&self) -> &'static Schema {
        self.schema
    }

    /// Returns the fields with their parsed sources, for tools.
    ///
    /// ```
    /// # use stage_config::{Error, SecretString, StageConfig};
    /// #[derive(StageConfig)]
    /// #[stage(prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     table: String,
    ///     api_key: SecretString,
    /// }
    ///
    /// // Which parameters of `prod` hold secrets?
    /// let plan = Config::loader().stage("prod").plan()?;
    /// let secrets = plan.planned_fields().iter().filter(|field| field.is_secret());
    /// let sources = secrets.filter_map(|field| plan.sources(field.path()));
    /// assert_eq!(sources.flatten().collect::<Vec<_>>(), ["/shop/prod/api_key"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn planned_fields(&self) -> &[PlannedField] {
        &self.fields
    }

    /// Returns the sources of a field in their order in the chain, or `None` if there is no such
    /// field.
    #[must_use]
    pub fn sources(&self, field: &str) -> Option<Vec<String>> {
        let planned = self.fields.iter().find(|planned| planned.path == field)?;
        Some(
            planned
                .chain
                .iter()
                .map(|source| planned.redact_source(source))
                .collect(),
        )
    }
}

/// Returns the calls of several plans. Each distinct address is requested once. A secret without a
/// version is requested in a batch if at least one of the plans that need it fetches secrets in
/// batches.
pub(crate) fn group_calls<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> Vec<Call> {
    let mut groups: BTreeMap<Request, CallGroup> = BTreeMap::new();
    for plan in plans {
        for request in plan.requests() {
            let group = CallGroup::from_address(&request.0, plan.batch_secrets);
            let limit = group.limit;
            groups
                .entry(request)
                // The groups of one address differ only in the limit.
                .and_modify(|known| known.limit = known.limit.max(limit))
                .or_insert(group);
        }
    }
    let requests: BTreeSet<(CallGroup, Request)> = groups
        .into_iter()
        .map(|(request, group)| (group, request))
        .collect();

    let mut calls: Vec<Call> = Vec::new();
    let mut last = None;
    for (group, request) in requests {
        match calls.last_mut() {
            Some(call) if last.as_ref() == Some(&group) && call.requests.len() < group.limit => {
                call.requests.push(request)
            }
            _ => calls.push(Call {
                scheme: group.scheme.clone(),
                region: group.region.clone(),
                role: group.role.clone(),
                requests: vec![request],
            }),
        }
        last = Some(group);
    }
    calls
}

/// The properties that all requests of one call share.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct CallGroup {
    scheme: String,
    region: Option<String>,
    role: Option<String>,
    /// The stage of sealed files. Each stage has its own key.
    stage: Option<String>,
    /// The maximum number of requests in a call.
    limit: usize,
}

impl CallGroup {
    fn from_address(address: &Address, batch_secrets: bool) -> Self {
        let limit = match address {
            Address::Parameter { .. } => MAX_NAMES_PER_CALL,
            // The call `BatchGetSecretValue` cannot name versions.
            Address::Secret { version: None, .. } if batch_secrets => MAX_SECRETS_PER_CALL,
            Address::ParameterPath { .. }
            | Address::Secret { .. }
            | Address::AppConfig { .. }
            | Address::KmsEnv { .. } => 1,
            _ => usize::MAX,
        };
        let stage = match address {
            Address::Sealed { stage, .. } => stage.clone(),
            _ => None,
        };
        Self {
            scheme: address.scheme().to_owned(),
            region: address.region().map(str::to_owned),
            role: address.role().map(str::to_owned),
            stage,
            limit,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "configuration `{}`, stage `{}`",
            self.schema.name, self.stage
        )?;
        for field in &self.fields {
            let sources: Vec<String> = field
                .chain
                .iter()
                .map(|source| field.redact_source(source))
                .collect();
            let sources = match field.spec.compose {
                _ if !sources.is_empty() => sources.join(", else "),
                Some(compose) => format!("(composed: {})", compose.template),
                None => "(nothing is fetched)".to_owned(),
            };
            let variable = field
                .variable
                .as_ref()
                .map(|name| format!(" (by {name})"))
                .unwrap_or_default();
            writeln!(f, "  {}: {sources}{variable}", field.path)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
