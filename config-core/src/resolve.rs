//! From a plan and the stores' outcomes to a slot for each field: which source won, or what went wrong.

use crate::{
    decode::{KeyError, select},
    failure::{Failure, FailureKind},
    incident::Incidents,
    layers::{NotText, SelectedLayer},
    outcome::{Content, Found, Outcome, Request},
    plan::{Plan, PlannedField},
    remedy,
    report::Origin,
    schema::{Kind, Secrecy},
    store::{environment::Environment, local::LocalValues},
};
use stage_config_grammar::source::Source;
use std::{borrow::Cow, collections::HashMap};

/// What was found for each field, by its path.
pub(crate) type Slots = HashMap<String, Slot>;

/// What was found for one field, before it is decoded.
pub(crate) struct Slot {
    pub(crate) outcome: Resolved,
    /// Whether the value must be hidden, as far as the field tells.
    pub(crate) secrecy: Secrecy,
    /// The environment variable that decided about the field.
    pub(crate) variable: Option<String>,
}

impl Slot {
    /// Whether the value that was found must be hidden.
    pub(crate) fn is_secret(&self) -> bool {
        let told = || matches!(&self.outcome, Resolved::Found { found, .. } if found.tells_a_secret());
        self.secrecy == Secrecy::Yes || self.secrecy == Secrecy::Unknown && told()
    }
}

pub(crate) enum Resolved {
    Found {
        found: Found,
        origin: Origin,
        source: String,
    },
    /// Not a failure yet: the field may be optional, or have a default.
    Missing(Absence),
    Failed(Failure),
}

/// Why there is nothing, and what would make it exist.
pub(crate) struct Absence {
    /// The sources that were tried.
    pub(crate) tried: Option<String>,
    pub(crate) detail: String,
    pub(crate) remedy: String,
}

/// What became of one source of a chain.
enum Arm {
    Won(Found, Origin),
    /// The store has it, but its JSON lacks the key.
    NoKey(String),
    Missing,
    Lost {
        kind: FailureKind,
        detail: String,
        remedy: String,
    },
}

/// The layers around what was fetched.
pub(crate) struct Layers {
    pub(crate) overrides: SelectedLayer,
    pub(crate) local: Option<LocalValues>,
    pub(crate) defaults: SelectedLayer,
    pub(crate) incidents: Incidents,
    pub(crate) environment: Environment,
}

impl Layers {
    /// Whether a field's value is at hand, so that nothing needs to be fetched for it.
    pub(crate) fn give(&self, path: &str) -> bool {
        self.incidents.set(path).is_some()
            || self.overrides.has(path)
            || self.local.as_ref().is_some_and(|local| local.has(path))
    }

    fn above(&self, field: &PlannedField, stage: &str) -> Option<Resolved> {
        let path = field.path.as_str();
        if let Some((found, variable)) = self.incidents.set(path) {
            return Some(Resolved::Found { found: found.clone(), origin: Origin::Set, source: variable.to_owned() });
        }
        // Whoever redirects a field in an incident wants that source, and no layer of the program's in front of it.
        if self.incidents.source(path).is_some() {
            return None;
        }
        if let Some(resolved) = layered(&self.overrides, field, stage, Origin::Override) {
            return Some(resolved);
        }
        let local = self.local.as_ref()?;
        let found = local.field(path, field.value.shape.kind)?;
        Some(Resolved::Found { found, origin: Origin::Local, source: local.place_of(path) })
    }

    fn below(&self, field: &PlannedField, stage: &str) -> Option<Resolved> {
        layered(&self.defaults, field, stage, Origin::Defaults)
    }
}

/// What a layer of the program's own has for a field.
fn layered(layer: &SelectedLayer, field: &PlannedField, stage: &str, origin: Origin) -> Option<Resolved> {
    let (found, source) = layer.find(&field.path, field.value)?;
    Some(match found {
        Ok(found) => Resolved::Found { found, origin, source },
        Err(NotText(what)) => Resolved::Failed(Failure {
            field: field.path.clone(),
            stage: stage.to_owned(),
            source: Some(source),
            kind: FailureKind::Undecodable,
            detail: format!("the provider gives {what}, where the field takes text"),
            remedy: remedy::QUOTE.to_owned(),
        }),
    })
}

/// A slot for each field of the plan.
pub(crate) fn resolve(plan: &Plan, layers: &Layers, outcomes: &HashMap<Request, Outcome>) -> Slots {
    let resolver = Resolver { plan, layers, outcomes };
    plan.fields.iter().map(|field| (field.path.clone(), resolver.slot(field))).collect()
}

struct Resolver<'a> {
    plan: &'a Plan,
    layers: &'a Layers,
    outcomes: &'a HashMap<Request, Outcome>,
}

impl Resolver<'_> {
    fn slot(&self, field: &PlannedField) -> Slot {
        let outcome = self.layers.above(field, self.plan.stage.name()).unwrap_or_else(|| self.chain(field));
        Slot { outcome, secrecy: field.secrecy, variable: field.variable.clone() }
    }

    /// The first arm that exists wins. Only *missing* moves on to the next one.
    fn chain(&self, field: &PlannedField) -> Resolved {
        let mut no_key = None;
        for source in &field.arms {
            match self.arm(source, field.value.shape.kind) {
                Arm::Won(found, origin) => return self.guarded(field, source, found, origin),
                Arm::NoKey(key) => no_key = no_key.or(Some((source, key))),
                Arm::Missing => {}
                Arm::Lost { kind, detail, remedy } => {
                    return Resolved::Failed(self.failure(field, source, kind, detail, remedy));
                }
            }
        }
        if let Some((source, _)) = self.layers.incidents.source(&field.path) {
            return Resolved::Failed(self.redirected_to_nothing(field, source, no_key));
        }
        self.layers
            .below(field, self.plan.stage.name())
            .unwrap_or_else(|| Resolved::Missing(self.absence(field, no_key)))
    }

    fn arm(&self, source: &Source, kind: Kind) -> Arm {
        let local = self.layers.local.as_ref().filter(|_| source.address.is_remote());
        if let Some(local) = local {
            return match local.source(source, kind) {
                Ok(Some(found)) => Arm::Won(found, Origin::Local),
                Ok(None) => Arm::Missing,
                Err(error) => keyed(source, error),
            };
        }
        let lost = |kind, detail: &str| Arm::Lost {
            kind,
            detail: detail.to_owned(),
            remedy: remedy::for_source(kind, &remedy::in_stage(source, self.plan.stage.name())),
        };
        let outcome = match self.layers.environment.read(&source.address) {
            Some(outcome) => Cow::Owned(outcome),
            None => match self.outcomes.get(&Request(source.address.clone())) {
                Some(outcome) => Cow::Borrowed(outcome),
                None => return lost(FailureKind::InvalidRequest, "no store was asked for it"),
            },
        };
        match outcome.as_ref() {
            Outcome::Missing => Arm::Missing,
            Outcome::Failed(failed) => lost(failed.kind, &failed.detail),
            Outcome::Denied(denied) => Arm::Lost {
                kind: FailureKind::Denied,
                detail: denied.detail.clone(),
                remedy: remedy::for_denied(source, denied.resource.as_deref()),
            },
            Outcome::Found(found) => match &source.key {
                None => Arm::Won(found.clone(), found.origin()),
                Some(key) => {
                    found.key(key).map_or_else(|error| keyed(source, error), |one| Arm::Won(one, found.origin()))
                }
            },
        }
    }

    /// The account guard: answers carry ARNs, so it costs no call.
    fn guarded(&self, field: &PlannedField, source: &Source, found: Found, origin: Origin) -> Resolved {
        // A local value is in no account, whatever the source that it stands in for.
        let of_source = source.address.arn().filter(|_| origin != Origin::Local);
        let there = found.arn.as_deref().or(of_source).and_then(account_of);
        match (field.account, there) {
            (Some(wanted), Some(there)) if wanted != there => {
                // The ARN comes from an endpoint: a text that is no account may be anything.
                let is_account = there.len() == 12 && there.bytes().all(|byte| byte.is_ascii_digit());
                let there =
                    if is_account { format!("account {there}") } else { "no account that its ARN names".to_owned() };
                let detail = format!("it is in {there}, and stage `{}` belongs to {wanted}", self.plan.stage);
                let remedy = remedy::for_source(FailureKind::WrongAccount, source);
                Resolved::Failed(self.failure(field, source, FailureKind::WrongAccount, detail, remedy))
            }
            _ => Resolved::Found { found, origin, source: self.place_of(field, source, origin) },
        }
    }

    /// Where a winner stands: under a source's own text in the local values, or in its store.
    fn place_of(&self, field: &PlannedField, source: &Source, origin: Origin) -> String {
        match &self.layers.local {
            Some(local) if origin == Origin::Local => local.place_of(&format!("\"{source}\"")),
            _ => field.shown(source),
        }
    }

    /// A variable names a source that is not there: an error even where the field could do without, since somebody asked for
    /// exactly this.
    fn redirected_to_nothing(
        &self,
        field: &PlannedField,
        source: &Source,
        no_key: Option<(&Source, String)>,
    ) -> Failure {
        let Absence { detail, remedy, .. } = self.absence(field, no_key);
        let remedy = match &self.layers.local {
            Some(local) if source.address.is_remote() => local.remedy_at_source(source),
            _ => remedy,
        };
        self.failure(field, source, FailureKind::Missing, detail, remedy)
    }

    fn failure(
        &self,
        field: &PlannedField,
        source: &Source,
        kind: FailureKind,
        detail: String,
        remedy: String,
    ) -> Failure {
        let remedy = remedy::or_without(remedy, None, field.variable.as_deref());
        let stage = self.plan.stage.name().to_owned();
        Failure { field: field.path.clone(), stage, source: Some(field.shown(source)), kind, detail, remedy }
    }

    fn absence(&self, field: &PlannedField, no_key: Option<(&Source, String)>) -> Absence {
        let tried: Vec<String> = field.arms.iter().map(|source| field.shown(source)).collect();
        let tried = (!tried.is_empty()).then(|| tried.join(", "));
        if let Some((source, key)) = no_key {
            let detail = format!("the value is there, and its JSON has no key `{key}`");
            return Absence { tried, detail, remedy: remedy::for_key(source, &key) };
        }
        let remedy = match (&self.layers.local, field.arms.first()) {
            (Some(local), _) => local.remedy(&field.path),
            (None, Some(source)) => {
                remedy::for_source(FailureKind::Missing, &remedy::in_stage(source, self.plan.stage.name()))
            }
            (None, None) => format!("give `{}` a source for stage `{}`", field.path, self.plan.stage),
        };
        Absence { tried, detail: String::new(), remedy }
    }
}

fn keyed(source: &Source, error: KeyError) -> Arm {
    match error {
        KeyError::Missing => Arm::NoKey(source.key.clone().unwrap_or_default()),
        KeyError::NotAnObject(error) => Arm::Lost {
            kind: FailureKind::Undecodable,
            detail: format!("`#key` needs JSON: {error}"),
            remedy: format!("store a JSON object in {}", source.address),
        },
    }
}

/// The account in an ARN; AWS's own public parameters have none.
fn account_of(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(3).filter(|account| !account.is_empty())
}

impl Found {
    fn origin(&self) -> Origin {
        if self.from_snapshot { Origin::Snapshot } else { Origin::Source }
    }

    /// One key of a JSON text, with the version and ARN of the whole.
    fn key(&self, key: &str) -> Result<Self, KeyError> {
        if matches!(*self.content, Content::Unseen) {
            return Ok(self.clone());
        }
        let text = self.content.stored().to_text().map_err(KeyError::NotAnObject)?;
        let selected = select(&text, key)?;
        let Self { arn, version, encrypted, .. } = self.clone();
        Ok(Self { arn, version, encrypted, ..Self::text(selected.as_str()) })
    }
}
