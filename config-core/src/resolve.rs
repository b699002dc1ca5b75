//! Resolves the stores' outcomes to one [`ResolvedField`] per field: the winning source, or the
//! failure.

use crate::{
    decode::{KeyError, select},
    diagnostic::{Diagnostic, Help},
    failure::{Failure, FailureKind},
    help,
    layers::SelectedLayer,
    outcome::{Found, Outcome, Payload, Request},
    overrides::EnvOverrides,
    plan::{Plan, PlannedField},
    report::Origin,
    schema::Secrecy,
    store::{environment::Environment, local::LocalValues},
};
use stage_config_grammar::arn::{Arn, is_account};
use stage_config_grammar::source::Source;
use std::{borrow::Cow, collections::HashMap};

/// The resolved fields by path.
pub(crate) type ResolvedFields = HashMap<String, ResolvedField>;

/// The result for one field before it is decoded.
pub(crate) struct ResolvedField {
    pub(crate) outcome: FieldOutcome,
    /// Whether the value must be hidden, as far as the field determines it.
    pub(crate) secrecy: Secrecy,
    /// The environment variable that determined the field.
    pub(crate) variable: Option<String>,
}

impl ResolvedField {
    /// Returns whether the value must be hidden.
    pub(crate) fn is_secret(&self) -> bool {
        let told = || matches!(&self.outcome, FieldOutcome::Found { found, .. } if found.is_treated_as_secret());
        self.secrecy == Secrecy::Yes || self.secrecy == Secrecy::Unknown && told()
    }
}

pub(crate) enum FieldOutcome {
    Found {
        found: Found,
        origin: Origin,
        source: String,
    },
    /// No value was found. This failure applies only if the field needs a value: it may be optional
    /// or have a default.
    Missing(Failure),
    Failed(Failure),
}

/// The result of one source of a chain.
enum Candidate {
    Found(Found, Origin),
    /// The store has the value, but its JSON lacks the key.
    NoKey(String),
    Missing,
    Failed(Failure),
}

/// The layers below and above the fetched values.
pub(crate) struct Layers {
    pub(crate) overrides: SelectedLayer,
    pub(crate) local: Option<LocalValues>,
    pub(crate) defaults: SelectedLayer,
    pub(crate) env_overrides: EnvOverrides,
    pub(crate) environment: Environment,
}

impl Layers {
    /// Returns whether a layer already has a value for the field, so nothing needs to be fetched.
    pub(crate) fn has_value(&self, path: &str) -> bool {
        self.env_overrides.find_value(path).is_some()
            || self.overrides.has(path)
            || self.local.as_ref().is_some_and(|local| local.has(path))
    }

    fn resolve_above(&self, field: &PlannedField) -> Option<FieldOutcome> {
        let path = field.path.as_str();
        if let Some((found, variable)) = self.env_overrides.find_value(path) {
            return Some(FieldOutcome::Found {
                found: found.clone(),
                origin: Origin::Set,
                source: variable.to_owned(),
            });
        }
        // A user who redirects a field with a variable wants that source, so the program's own
        // layers do not apply.
        if self.env_overrides.find_source(path).is_some() {
            return None;
        }
        if let Some(resolved) = find_in_layer(&self.overrides, field, Origin::Override) {
            return Some(resolved);
        }
        let local = self.local.as_ref()?;
        let found = local.find_field(path)?;
        Some(FieldOutcome::Found { found, origin: Origin::Local, source: local.describe_place(path) })
    }

    fn resolve_below(&self, field: &PlannedField) -> Option<FieldOutcome> {
        find_in_layer(&self.defaults, field, Origin::Defaults)
    }
}

/// Returns the value that one of the program's layers has for a field.
fn find_in_layer(layer: &SelectedLayer, field: &PlannedField, origin: Origin) -> Option<FieldOutcome> {
    let (found, source) = layer.find(&field.path, field.spec.shape.kind)?;
    Some(FieldOutcome::Found { found, origin, source })
}

/// Resolves every field of the plan.
pub(crate) fn resolve(plan: &Plan, layers: &Layers, outcomes: &HashMap<Request, Outcome>) -> ResolvedFields {
    let resolver = Resolver { plan, layers, outcomes };
    plan.fields.iter().map(|field| (field.path.clone(), resolver.resolve_field(field))).collect()
}

struct Resolver<'a> {
    plan: &'a Plan,
    layers: &'a Layers,
    outcomes: &'a HashMap<Request, Outcome>,
}

impl Resolver<'_> {
    fn resolve_field(&self, field: &PlannedField) -> ResolvedField {
        let outcome = self.layers.resolve_above(field).unwrap_or_else(|| self.resolve_chain(field));
        ResolvedField { outcome, secrecy: field.secrecy, variable: field.variable.clone() }
    }

    /// The first candidate that exists wins. Only a *missing* candidate passes on to the next one.
    fn resolve_chain(&self, field: &PlannedField) -> FieldOutcome {
        let mut no_key = None;
        for source in &field.chain {
            match self.resolve_candidate(field, source) {
                Candidate::Found(found, origin) => {
                    return FieldOutcome::Found { found, origin, source: self.describe_place(field, source, origin) };
                }
                Candidate::NoKey(key) => no_key = no_key.or(Some((source, key))),
                Candidate::Missing => {}
                Candidate::Failed(failure) => return FieldOutcome::Failed(failure),
            }
        }
        if let Some((source, _)) = self.layers.env_overrides.find_source(&field.path) {
            return FieldOutcome::Failed(self.missing_redirect_failure(field, source, no_key));
        }
        self.layers.resolve_below(field).unwrap_or_else(|| FieldOutcome::Missing(self.missing_failure(field, no_key)))
    }

    fn resolve_candidate(&self, field: &PlannedField, source: &Source) -> Candidate {
        let local = self.layers.local.as_ref().filter(|_| source.address.is_remote());
        if let Some(local) = local {
            return match local.find_source(source) {
                Ok(Some(found)) => Candidate::Found(found, Origin::Local),
                Ok(None) => Candidate::Missing,
                Err(error) => self.candidate_from_key_error(field, source, error),
            };
        }
        let failed = |kind, detail: &str| {
            let help = help::for_source(kind, &help::with_stage(source, self.plan.stage.name()));
            Candidate::Failed(self.new_failure(field, source, kind, detail.to_owned(), help))
        };
        let outcome = match self.layers.environment.read(&source.address) {
            Some(outcome) => Cow::Owned(outcome),
            None => match self.outcomes.get(&Request(source.address.clone())) {
                Some(outcome) => Cow::Borrowed(outcome),
                None => return failed(FailureKind::InvalidRequest, "no store was asked for it"),
            },
        };
        match outcome.as_ref() {
            Outcome::Missing => Candidate::Missing,
            Outcome::Failed(error) => failed(error.kind, &error.detail),
            Outcome::Denied(denied) => {
                let help = help::for_denied(source, denied.resource.as_deref());
                Candidate::Failed(self.new_failure(field, source, FailureKind::Denied, denied.detail.clone(), help))
            }
            // Check the account even if the JSON lacks the key: a value in another account must not
            // lead to a default.
            Outcome::Found(found) => match (self.check_account(field, source, found), &source.key) {
                (Err(detail), _) => failed(FailureKind::WrongAccount, &detail),
                (Ok(()), None) => Candidate::Found(found.clone(), found.origin()),
                (Ok(()), Some(key)) => found.select_key(key).map_or_else(
                    |error| self.candidate_from_key_error(field, source, error),
                    |one| Candidate::Found(one, found.origin()),
                ),
            },
        }
    }

    fn candidate_from_key_error(&self, field: &PlannedField, source: &Source, error: KeyError) -> Candidate {
        match error {
            KeyError::Missing => Candidate::NoKey(source.key.clone().unwrap_or_default()),
            KeyError::NotAnObject(error) => {
                let help = Help::change_value("a JSON object", source.address.to_string());
                let detail = format!("`#key` needs JSON: {error}");
                Candidate::Failed(self.new_failure(field, source, FailureKind::Undecodable, detail, help))
            }
        }
    }

    /// Checks the account. Answers contain ARNs, so this needs no call.
    fn check_account(&self, field: &PlannedField, source: &Source, found: &Found) -> Result<(), String> {
        match (field.account, found.arn.as_deref().or(source.address.arn()).and_then(|arn| Arn::parse(arn)?.account)) {
            (Some(wanted), Some(actual)) if wanted != actual => {
                // The ARN comes from an endpoint, so a text that is not an account id is not shown.
                let actual = if is_account(actual) {
                    format!("account {actual}")
                } else {
                    "no account that its ARN names".to_owned()
                };
                Err(format!("it is in {actual}, and stage `{}` belongs to {wanted}", self.plan.stage))
            }
            _ => Ok(()),
        }
    }

    /// Describes where the winning value is: in the local values, under the text of its source, or
    /// in its store.
    fn describe_place(&self, field: &PlannedField, source: &Source, origin: Origin) -> String {
        match &self.layers.local {
            Some(local) if origin == Origin::Local => local.describe_place(&format!("\"{source}\"")),
            _ => field.redact_source(source),
        }
    }

    /// Returns the failure of a variable whose source does not exist. It is an error even for an
    /// optional field, because the user asked for exactly this source.
    fn missing_redirect_failure(
        &self,
        field: &PlannedField,
        source: &Source,
        no_key: Option<(&Source, String)>,
    ) -> Failure {
        let (detail, help) = self.explain_not_found(field, no_key);
        let help = match &self.layers.local {
            Some(local) if source.address.is_remote() => local.help_for_source(source),
            _ => help,
        };
        self.new_failure(field, source, FailureKind::Missing, detail, help)
    }

    fn new_failure(
        &self,
        field: &PlannedField,
        source: &Source,
        kind: FailureKind,
        detail: String,
        help: Help,
    ) -> Failure {
        let help = help::add_variable_hint(help, None, field.variable.as_deref());
        Failure {
            stage: self.plan.stage.name().to_owned(),
            source: Some(field.redact_source(source)),
            diagnostic: Diagnostic::new(kind, field.path.clone(), detail, help),
        }
    }

    /// Returns the failure of a field without a value in any source. Its source is the whole chain.
    fn missing_failure(&self, field: &PlannedField, no_key: Option<(&Source, String)>) -> Failure {
        let tried: Vec<String> = field.chain.iter().map(|source| field.redact_source(source)).collect();
        let (detail, help) = self.explain_not_found(field, no_key);
        Failure {
            stage: self.plan.stage.name().to_owned(),
            source: (!tried.is_empty()).then(|| tried.join(", ")),
            diagnostic: Diagnostic::new(FailureKind::Missing, field.path.clone(), detail, help),
        }
    }

    fn explain_not_found(&self, field: &PlannedField, no_key: Option<(&Source, String)>) -> (String, Help) {
        if let Some((source, key)) = no_key {
            let detail = format!("the value is there, and its JSON has no key `{key}`");
            return (detail, help::for_key(source, &key));
        }

        let help = match (&self.layers.local, field.chain.first()) {
            (Some(local), _) => local.help_for_field(&field.path),
            (None, Some(source)) => {
                help::for_source(FailureKind::Missing, &help::with_stage(source, self.plan.stage.name()))
            }
            (None, None) => format!("give `{}` a source for stage `{}`", field.path, self.plan.stage).into(),
        };
        (String::new(), help)
    }
}

impl Found {
    fn origin(&self) -> Origin {
        if self.from_snapshot { Origin::Snapshot } else { Origin::Source }
    }

    /// Selects one key of a JSON text, with the version and ARN of the whole text.
    fn select_key(&self, key: &str) -> Result<Self, KeyError> {
        if matches!(*self.content, Payload::ExistsOnly) {
            return Ok(self.clone());
        }
        let text = self.as_stored().to_text().map_err(KeyError::NotAnObject)?;
        let selected = select(&text, key)?;
        let Self { arn, version, encrypted, .. } = self.clone();
        Ok(Self { arn, version, encrypted, ..Self::from_text(selected.as_str()) })
    }
}
