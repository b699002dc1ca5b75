//! The plan of a stage: the requests that it needs. Planning uses no network and no environment
//! variables.

mod field;

pub use field::PlannedField;

use crate::{
    diagnostic::Diagnostic,
    error::Error,
    failure::{Failure, FailureKind},
    outcome::Request,
    overrides::EnvOverrides,
    schema::{
        Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Schema, Secrecy, Sources, is_made_for_secrets,
    },
    stage::Stage,
};
use serde::Serialize;
use stage_config_grammar::source::{Address, Placeholders, Source};
use std::{collections::BTreeSet, fmt};

/// Parameter Store accepts ten names per call (API reference, `GetParameters`).
const MAX_NAMES_PER_CALL: usize = 10;
/// Secrets Manager accepts twenty IDs per batch (API reference, `BatchGetSecretValue`).
const MAX_SECRETS_PER_CALL: usize = 20;

/// The sources that one stage of a configuration reads, and the calls that this takes.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The scheme of the store.
    pub scheme: String,
    /// The region that the sources name, or `None` for the program's own region.
    pub region: Option<String>,
    /// The requests of the call.
    #[serde(serialize_with = "as_texts")]
    pub requests: Vec<Request>,
}

fn as_texts<S: serde::Serializer>(requests: &[Request], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(requests.iter().map(Request::to_string))
}

impl Plan {
    /// Plans a stage. A field for which `is_given` returns `true` is not fetched.
    ///
    /// # Errors
    ///
    /// Returns all sources that are invalid with this stage's name or with the template of a
    /// parent.
    pub fn new(schema: &'static Schema, stage: Stage, is_given: impl Fn(&str) -> bool) -> Result<Self, Error> {
        Self::with_overrides(schema, stage, is_given, &EnvOverrides::default())
    }

    /// Plans a stage with the environment overrides. A field that a variable redirects is read only
    /// from that source.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`new`](Self::new).
    pub(crate) fn with_overrides(
        schema: &'static Schema,
        stage: Stage,
        is_given: impl Fn(&str) -> bool,
        incidents: &EnvOverrides,
    ) -> Result<Self, Error> {
        let mut planner = Planner {
            stage: &stage,
            is_given: &is_given,
            overrides: incidents,
            schemes: schema.all_schemes(),
            account: None,
            fields: Vec::new(),
            failures: Vec::new(),
        };
        planner.plan_struct(schema, "", &TemplateContext::from_schema(schema));
        let Planner { fields, failures, .. } = planner;
        match Error::unresolved(schema, stage.name(), failures) {
            Some(error) => Err(error),
            None => Ok(Self { schema, stage, fields, batch_secrets: schema.batch_secrets }),
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

    /// Returns the paths of all fields. A nested field has a path such as `mail.password`.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.path.as_str())
    }

    /// Returns the requests of a wave. A request that several fields need occurs once for each of
    /// them.
    pub(crate) fn requests(&self) -> impl Iterator<Item = Request> {
        let arms = self.fields.iter().flat_map(|field| &field.chain);
        arms.filter(|source| source.address.is_remote()).map(|source| Request(source.address.clone()))
    }

    /// Returns the same plan, restricted to the requests for which `asked` returns `true`.
    pub(crate) fn retain_requests(&self, asked: impl Fn(&Request) -> bool) -> Self {
        let mut plan = self.clone();
        for field in &mut plan.fields {
            field.chain.retain(|source| source.address.is_remote() && asked(&Request(source.address.clone())));
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
    #[must_use]
    pub fn planned_fields(&self) -> &[PlannedField] {
        &self.fields
    }

    /// Returns the sources of a field in their order in the chain, or `None` if there is no such
    /// field.
    #[must_use]
    pub fn sources(&self, field: &str) -> Option<Vec<String>> {
        let planned = self.fields.iter().find(|planned| planned.path == field)?;
        Some(planned.chain.iter().map(|source| planned.redact_source(source)).collect())
    }
}

/// Returns the calls of several plans together. Each distinct address is requested once.
pub(crate) fn group_calls<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> Vec<Call> {
    let mut requests = BTreeSet::new();
    for plan in plans {
        let remote = plan.fields.iter().flat_map(|field| &field.chain).filter(|source| source.address.is_remote());
        requests.extend(remote.map(|source| {
            (CallGroup::from_address(&source.address, plan.batch_secrets), Request(source.address.clone()))
        }));
    }
    let mut calls: Vec<Call> = Vec::new();
    let mut last = None;
    for (group, request) in requests {
        match calls.last_mut() {
            Some(call) if last.as_ref() == Some(&group) && call.requests.len() < group.limit => {
                call.requests.push(request)
            }
            _ => {
                calls.push(Call { scheme: group.scheme.clone(), region: group.region.clone(), requests: vec![request] })
            }
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
    /// The stage of sealed files. Each stage has its own key.
    stage: Option<String>,
    /// The maximum number of requests in a call.
    limit: usize,
}

impl CallGroup {
    fn from_address(address: &Address, batch_secrets: bool) -> Self {
        let limit = match address {
            Address::Parameter { .. } => MAX_NAMES_PER_CALL,
            // A batch request cannot name versions.
            Address::Secret { version: None, .. } if batch_secrets => MAX_SECRETS_PER_CALL,
            Address::Secret { .. } | Address::KmsEnv { .. } => 1,
            _ => usize::MAX,
        };
        let stage = match address {
            Address::Sealed { stage, .. } => stage.clone(),
            _ => None,
        };
        Self { scheme: address.scheme().to_owned(), region: address.region().map(str::to_owned), stage, limit }
    }
}

/// The templates that a struct's fields use, and the levels from the struct that declares the
/// templates down to this struct.
#[derive(Clone)]
struct TemplateContext {
    assignments: &'static [Assignment],
    app: &'static str,
    levels: Vec<&'static str>,
}

impl TemplateContext {
    fn from_schema(schema: &'static Schema) -> Self {
        Self { assignments: schema.templates, app: schema.app, levels: Vec::new() }
    }
}

struct Planner<'a> {
    stage: &'a Stage,
    is_given: &'a dyn Fn(&str) -> bool,
    overrides: &'a EnvOverrides,
    schemes: Vec<&'static str>,
    account: Option<&'static str>,
    fields: Vec<PlannedField>,
    failures: Vec<Failure>,
}

impl Planner<'_> {
    fn plan_struct(&mut self, schema: &'static Schema, prefix: &str, templates: &TemplateContext) {
        let outer = self.account;
        let stated = schema.accounts.iter().find(|(stage, _)| *stage == self.stage.name());
        // The account that the root declares takes precedence over that of a nested struct.
        self.account = outer.or(stated.map(|(_, account)| *account));
        for field in schema.fields {
            let path = [prefix, field.name].concat();
            match &field.content {
                FieldContent::Value(value) => self.plan_field(path, field, value, templates),
                FieldContent::Nested { schema, .. } => {
                    let mut inner =
                        if schema.inherit { templates.clone() } else { TemplateContext::from_schema(schema) };
                    if schema.inherit {
                        inner.levels.push(field.level);
                    }
                    self.plan_struct(schema, &format!("{path}."), &inner);
                }
            }
        }
        self.account = outer;
    }

    fn plan_field(
        &mut self,
        path: String,
        field: &'static Field,
        value: &'static FieldSpec,
        templates: &TemplateContext,
    ) {
        let redirect = self.overrides.find_source(&path).map(|(source, _)| source.clone());
        let skipped = redirect.is_some() || (self.is_given)(&path);
        let texts = if skipped { None } else { self.source_texts(value, templates) };
        let mut levels = templates.levels.clone();
        levels.push(field.level);
        let redirected_to_secret = redirect.as_ref().is_some_and(|source| is_made_for_secrets(&source.to_string()));
        let mut arms = Vec::from_iter(redirect);
        for text in texts.iter().flat_map(|(texts, _)| texts.iter()) {
            let from_template = matches!(texts, Some((_, true)));
            let placeholders = Placeholders {
                stage: Some(self.stage.name()),
                field: from_template.then_some(levels.as_slice()),
                app: from_template.then_some(templates.app),
            };
            match Source::resolve(text, &placeholders, &self.schemes) {
                Ok(source) if arms.contains(&source) => {}
                Ok(source) => arms.push(source),
                Err(error) => self.failures.push(Failure {
                    stage: self.stage.name().to_owned(),
                    source: Some((*text).to_owned()),
                    diagnostic: Diagnostic::new(
                        FailureKind::InvalidRequest,
                        path.clone(),
                        error.to_string(),
                        "change the source, or the template it comes from",
                    ),
                }),
            }
        }
        let by_source = redirected_to_secret || arms.iter().any(|arm| arm.address.keeps_secrets());
        let secrecy = if by_source { Secrecy::Yes } else { value.secrecy(templates.assignments) };
        let variable = self.overrides.deciding_variable(&path).map(str::to_owned);
        self.fields.push(PlannedField { path, spec: value, chain: arms, account: self.account, secrecy, variable });
    }

    /// Returns a field's source texts, and whether they are templates.
    fn source_texts(&self, value: &FieldSpec, templates: &TemplateContext) -> Option<(&'static [&'static str], bool)> {
        if value.no_fallback && self.stage.is_fallback() {
            return None;
        }
        if !value.assignments.is_empty() {
            match lookup(value.assignments, self.stage)? {
                Sources::Chain(texts) => return Some((texts, false)),
                Sources::Template => {}
            }
        }
        match lookup(templates.assignments, self.stage)? {
            Sources::Chain(texts) => Some((texts, true)),
            Sources::Template => None,
        }
    }
}

fn lookup(assignments: &'static [Assignment], stage: &Stage) -> Option<Sources> {
    let own = |key: &AssignmentKey| match key {
        AssignmentKey::Stage(name) => !stage.is_fallback() && *name == stage.name(),
        AssignmentKey::Fallback => stage.is_fallback(),
        AssignmentKey::All => false,
    };
    let find = |wanted: &dyn Fn(&AssignmentKey) -> bool| assignments.iter().find(|assignment| wanted(&assignment.key));
    find(&own).or_else(|| find(&|key| *key == AssignmentKey::All)).map(|assignment| assignment.sources)
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "configuration `{}`, stage `{}`", self.schema.name, self.stage)?;
        for field in &self.fields {
            let arms: Vec<String> = field.chain.iter().map(|source| field.redact_source(source)).collect();
            let arms = if arms.is_empty() { "(nothing is fetched)".to_owned() } else { arms.join(", else ") };
            let variable = field.variable.as_ref().map(|name| format!(" (by {name})")).unwrap_or_default();
            writeln!(f, "  {}: {arms}{variable}", field.path)?;
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
