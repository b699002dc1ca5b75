//! Resolves layers and the stores' outcomes to one [`ResolvedField`] per field: the value and its
//! origin, or the failure.

mod account;
mod compose;
mod layers;
mod value_place;

#[cfg(feature = "manage")]
pub(crate) use compose::check_part;
pub(crate) use compose::compose_fields;
pub(crate) use layers::Layers;
pub(crate) use value_place::ValuePlace;

use crate::{
    decode::{KeyError, select},
    diagnostic::{Diagnostic, Help},
    failure::{Failure, FailureKind},
    help,
    outcome::{Failed, Found, Outcome, Payload, Request},
    plan::{Plan, PlannedField},
    report::Origin,
    schema::{FieldSpec, Secrecy},
    store::local::LocalValues,
};
use stage_config_grammar::source::Source;
use std::{borrow::Cow, collections::HashMap};

/// The resolved fields by path.
pub(crate) type ResolvedFields = HashMap<String, ResolvedField>;

/// The result for one field before it is decoded.
pub(crate) struct ResolvedField {
    pub(crate) spec: &'static FieldSpec,
    pub(crate) outcome: FieldOutcome,
    /// Whether the value must be hidden. The plan determines this from the field and its sources;
    /// for a composed field, the secrecy of its parts counts too.
    pub(crate) secrecy: Secrecy,
    /// The environment variable that replaced the field's source or set its value.
    pub(crate) variable: Option<String>,
}

impl ResolvedField {
    /// Returns whether the field has a value or a failure of its own. A composed value, or the
    /// failure to compose it, is not the field's own, because it depends on the parts.
    pub(crate) fn is_present(&self) -> bool {
        match &self.outcome {
            FieldOutcome::Missing(_) => false,
            FieldOutcome::Found { origin, .. } => *origin != Origin::Composed,
            // Only a variable gives a composed field a source that can fail.
            FieldOutcome::Failed(_) => self.spec.compose.is_none() || self.variable.is_some(),
        }
    }

    /// Returns whether the value must be hidden.
    pub(crate) fn is_secret(&self) -> bool {
        let is_value_secret = || matches!(&self.outcome, FieldOutcome::Found { found, .. } if found.is_treated_as_secret());
        self.secrecy == Secrecy::Yes || self.secrecy == Secrecy::Unknown && is_value_secret()
    }
}

pub(crate) enum FieldOutcome {
    Found {
        found: Found,
        origin: Origin,
        source: String,
        /// Where the user changes the value.
        place: ValuePlace,
    },
    /// No value was found. This failure applies only if the field is not optional and has no
    /// default.
    Missing(Failure),
    Failed(Failure),
}

/// The reason to try the next source of a chain.
enum NotFound {
    Missing,
    /// The store has the value, but its JSON lacks the key.
    NoKey,
}

/// Resolves every field of the plan.
pub(crate) fn resolve(
    plan: &Plan,
    layers: &Layers,
    outcomes: &HashMap<Request, Outcome>,
) -> ResolvedFields {
    let resolver = Resolver {
        plan,
        layers,
        outcomes,
    };
    let mut fields = plan
        .fields
        .iter()
        .map(|field| (field.path.clone(), resolver.resolve_field(field)))
        .collect();
    compose_fields(&mut fields, plan.stage.name());
    fields
}

struct Resolver<'a> {
    plan: &'a Plan,
    layers: &'a Layers,
    outcomes: &'a HashMap<Request, Outcome>,
}

impl Resolver<'_> {
    fn resolve_field(&self, field: &PlannedField) -> ResolvedField {
        let outcome = self
            .layers
            .resolve_above(field)
            .unwrap_or_else(|| self.resolve_chain(field));
        ResolvedField {
            spec: field.spec,
            outcome,
            secrecy: field.secrecy,
            variable: field.variable.clone(),
        }
    }

    /// Resolves the candidates in order. The next candidate is tried only if the one before it is
    /// missing, or if the JSON of its value lacks the key.
    fn resolve_chain(&self, field: &PlannedField) -> FieldOutcome {
        let mut no_key = None;
        for source in &field.chain {
            match self.resolve_candidate(field, source) {
                Ok(outcome) => return outcome,
                Err(NotFound::NoKey) => no_key = no_key.or(Some(source)),
                Err(NotFound::Missing) => {}
            }
        }

        if let Some((source, _)) = self.layers.env_overrides.find_source(&field.path) {
            return FieldOutcome::Failed(self.new_missing_redirect_failure(field, source, no_key));
        }

        self.layers
            .resolve_below(field)
            .unwrap_or_else(|| FieldOutcome::Missing(self.new_missing_failure(field, no_key)))
    }

    fn resolve_candidate(
        &self,
        field: &PlannedField,
        source: &Source,
    ) -> Result<FieldOutcome, NotFound> {
        if let Some(local) = &self.layers.local
            && source.address.is_remote()
        {
            return self.resolve_local(field, source, local);
        }

        let outcome = match self.layers.environment.read(&source.address) {
            Some(outcome) => Cow::Owned(outcome),
            None => match self.outcomes.get(&Request(source.address.clone())) {
                Some(outcome) => Cow::Borrowed(outcome),
                None => {
                    let detail = "no store was called for this source";
                    let failed = Failed::new(FailureKind::InvalidRequest, detail);
                    return Ok(self.fail_as(
                        field,
                        source,
                        &failed.with_help("correct the source"),
                    ));
                }
            },
        };

        match outcome.as_ref() {
            Outcome::Missing => Err(NotFound::Missing),
            Outcome::Failed(failed) => Ok(self.fail_as(field, source, failed)),
            Outcome::Denied(denied) => {
                let help = help::for_denied(source, denied);
                let failure = self.new_failure(
                    field,
                    source,
                    FailureKind::Denied,
                    denied.detail.clone(),
                    help,
                );
                Ok(FieldOutcome::Failed(failure))
            }
            // Check the account even if the JSON lacks the key. A value in another account must not
            // lead to a default.
            Outcome::Found(found) => {
                if let Err(detail) = self.check_account(field, source, found) {
                    let failed = Failed::new(FailureKind::WrongAccount, detail);
                    return Ok(self.fail_as(field, source, &failed));
                }
                self.resolve_found(field, source, found)
            }
        }
    }

    /// Returns the failure of a candidate. If `failed` has a help, this help replaces the usual
    /// help for the kind.
    fn fail_as(&self, field: &PlannedField, source: &Source, failed: &Failed) -> FieldOutcome {
        let help = failed.help.as_deref().cloned().unwrap_or_else(|| {
            let source = help::with_stage(source, self.plan.stage.name());
            help::for_source(failed.kind, &source, self.find_secrecy(&source))
        });
        let detail = failed.detail.clone();
        FieldOutcome::Failed(self.new_failure(field, source, failed.kind, detail, help))
    }

    fn resolve_local(
        &self,
        field: &PlannedField,
        source: &Source,
        local: &LocalValues,
    ) -> Result<FieldOutcome, NotFound> {
        match local.find_source(source) {
            Ok(Some(found)) => Ok(FieldOutcome::Found {
                found,
                origin: Origin::Local,
                source: local.location.describe_source(source),
                place: ValuePlace::Local(local.location.clone()),
            }),
            Ok(None) => Err(NotFound::Missing),
            Err(error) => self.explain_key_error(field, source, error),
        }
    }

    /// Selects the key of the source in a value that was found.
    fn resolve_found(
        &self,
        field: &PlannedField,
        source: &Source,
        found: &Found,
    ) -> Result<FieldOutcome, NotFound> {
        let selected = match &source.key {
            Some(key) => found.select_key(key),
            None => Ok(found.clone()),
        };
        match selected {
            Ok(found) => Ok(FieldOutcome::Found {
                origin: found.origin(),
                found,
                source: field.redact_source(source),
                place: ValuePlace::Source,
            }),
            Err(error) => self.explain_key_error(field, source, error),
        }
    }

    fn explain_key_error(
        &self,
        field: &PlannedField,
        source: &Source,
        error: KeyError,
    ) -> Result<FieldOutcome, NotFound> {
        match error {
            KeyError::Missing => Err(NotFound::NoKey),
            KeyError::NotAnObject(error) => {
                let help = Help::change_value("a JSON object", self.find_json_place(source));
                let key = source.key.as_deref().unwrap_or_default();
                let detail = format!("`#{key}` needs a JSON object: {error}");
                let failure =
                    self.new_failure(field, source, FailureKind::Undecodable, detail, help);
                Ok(FieldOutcome::Failed(failure))
            }
        }
    }

    /// Returns the place of the JSON text from which a source with `#key` reads one key.
    fn find_json_place(&self, source: &Source) -> String {
        match &self.layers.local {
            Some(local) if source.address.is_remote() => {
                let table = &local.location;
                let whole = Source {
                    address: source.address.clone(),
                    key: None,
                };
                table.describe_for_help(&table.describe_source(&whole))
            }
            _ => source.address.to_string(),
        }
    }

    /// Returns the failure of an environment override whose source has no value. A missing value is
    /// then an error even for an optional field, because the user wants exactly this source.
    fn new_missing_redirect_failure(
        &self,
        field: &PlannedField,
        source: &Source,
        no_key: Option<&Source>,
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

    /// Returns the failure of a field without a value in any source. The failure names the whole
    /// chain as its source.
    fn new_missing_failure(&self, field: &PlannedField, no_key: Option<&Source>) -> Failure {
        let sources: Vec<String> = field
            .chain
            .iter()
            .map(|source| field.redact_source(source))
            .collect();
        let (detail, help) = self.explain_not_found(field, no_key);
        Failure {
            stage: self.plan.stage.name().to_owned(),
            source: (!sources.is_empty()).then(|| sources.join(", ")),
            diagnostic: Diagnostic::new(FailureKind::Missing, field.path.clone(), detail, help),
        }
    }

    /// Returns the greatest secrecy of the fields that read the address: a value that one of them
    /// hides is secret.
    fn find_secrecy(&self, source: &Source) -> Secrecy {
        let reads = |field: &&PlannedField| {
            let mut chain = field.chain.iter();
            chain.any(|other| other.address == source.address)
        };
        let readers = self.plan.fields.iter().filter(reads);
        let secrecies = readers.map(|field| field.secrecy);
        secrecies.max().unwrap_or(Secrecy::Unknown)
    }

    fn explain_not_found(&self, field: &PlannedField, no_key: Option<&Source>) -> (String, Help) {
        if let Some(source) = no_key {
            let key = source.key.as_deref().unwrap_or_default();
            let detail = format!("the value exists, but its JSON has no key `{key}`");
            return (detail, help::for_key(&self.find_json_place(source), key));
        }

        let help = match (&self.layers.local, field.chain.first()) {
            (Some(local), _) => local.help_for_field(&field.path),
            (None, Some(source)) => help::for_source(
                FailureKind::Missing,
                &help::with_stage(source, self.plan.stage.name()),
                self.find_secrecy(source),
            ),
            (None, None) => format!(
                "give `{}` a source for stage `{}`",
                field.path, self.plan.stage
            )
            .into(),
        };

        (String::new(), help)
    }
}

impl Found {
    fn origin(&self) -> Origin {
        if self.from_snapshot {
            Origin::Snapshot
        } else {
            Origin::Source
        }
    }

    /// Selects one key of a JSON text. The result has the version, the ARN and the encryption of
    /// the whole text. If only the existence of the value was read, the key cannot be checked and
    /// the result is unchanged.
    fn select_key(&self, key: &str) -> Result<Self, KeyError> {
        if matches!(*self.content, Payload::ExistsOnly) {
            return Ok(self.clone());
        }
        let text = self.as_stored().to_text().map_err(KeyError::NotAnObject)?;
        let selected = select(&text, key)?;
        let Self {
            arn,
            version,
            encrypted,
            from_snapshot,
            ..
        } = self.clone();
        Ok(Self {
            arn,
            version,
            encrypted,
            from_snapshot,
            ..Self::from_text(selected.as_str())
        })
    }
}
