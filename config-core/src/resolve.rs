//! From a plan and the stores' outcomes to a slot for each field: which source won, or what went wrong.

use crate::{
    decode::{KeyError, select},
    error::{Failure, FailureKind},
    layers::SelectedLayer,
    plan::{Plan, PlannedField},
    remedy,
    report::Origin,
    store::{Found, Outcome, Request, environment, local::LocalValues},
};
use stage_config_grammar::source::Source;
use std::{borrow::Cow, collections::HashMap};

/// What was found for each field, by its path.
pub(crate) type Slots = HashMap<String, Slot>;

/// What was found for one field, before it is decoded.
pub(crate) struct Slot {
    pub(crate) outcome: Resolved,
    /// Whether the value must not be shown.
    pub(crate) secret: bool,
    /// What would make the value exist, for a field that turns out to need it.
    pub(crate) create: String,
    /// The sources that were tried, for the same.
    pub(crate) tried: Option<String>,
}

pub(crate) enum Resolved {
    Found { found: Found, origin: Origin, source: String },
    Missing,
    Failed(Failure),
}

/// The layers around what was fetched.
pub(crate) struct Layers {
    pub(crate) overrides: SelectedLayer,
    pub(crate) local: Option<LocalValues>,
    pub(crate) defaults: SelectedLayer,
}

impl Layers {
    /// Whether a field's value is at hand, so that nothing needs to be fetched for it.
    pub(crate) fn give(&self, path: &str) -> bool {
        self.above(path).is_some()
    }

    fn above(&self, path: &str) -> Option<Resolved> {
        if let Some((found, source)) = self.overrides.find(path) {
            return Some(Resolved::Found { found, origin: Origin::Override, source });
        }
        let local = self.local.as_ref()?;
        let found = local.field(path)?;
        Some(Resolved::Found { found, origin: Origin::Local, source: local.name.clone() })
    }

    fn below(&self, path: &str) -> Resolved {
        match self.defaults.find(path) {
            Some((found, source)) => Resolved::Found { found, origin: Origin::Defaults, source },
            None => Resolved::Missing,
        }
    }
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
        let outcome = self.layers.above(&field.path).unwrap_or_else(|| self.chain(field));
        let tried: Vec<String> = field.arms.iter().map(Source::to_string).collect();
        Slot {
            outcome,
            secret: field.secret,
            create: self.create(field),
            tried: (!tried.is_empty()).then(|| tried.join(", ")),
        }
    }

    /// The first arm that exists wins. Only *missing* moves on to the next one.
    fn chain(&self, field: &PlannedField) -> Resolved {
        for source in &field.arms {
            match self.arm(source) {
                Ok(None) => {}
                Ok(Some((found, origin))) => return self.guarded(field, source, found, origin),
                Err((kind, detail)) => return Resolved::Failed(self.failure(field, source, kind, detail)),
            }
        }
        self.layers.below(&field.path)
    }

    fn arm(&self, source: &Source) -> Result<Option<(Found, Origin)>, (FailureKind, String)> {
        let local = self.layers.local.as_ref().filter(|_| source.address.is_remote());
        if let Some(local) = local {
            return match local.source(source) {
                Ok(found) => Ok(found.map(|found| (found, Origin::Local))),
                Err(error) => keyed(error),
            };
        }
        let outcome = match environment::read(&source.address) {
            Some(outcome) => Cow::Owned(outcome),
            None => match self.outcomes.get(&Request(source.address.clone())) {
                Some(outcome) => Cow::Borrowed(outcome),
                None => return Err((FailureKind::InvalidRequest, "no store was asked for it".to_owned())),
            },
        };
        match outcome.as_ref() {
            Outcome::Missing => Ok(None),
            Outcome::Denied(denied) => Err((FailureKind::Denied, denied.detail.clone())),
            Outcome::Failed(failed) => Err((failed.kind, failed.detail.clone())),
            Outcome::Found(found) => match &source.key {
                None => Ok(Some((found.clone(), Origin::Source))),
                Some(key) => match found.key(key) {
                    Ok(found) => Ok(Some((found, Origin::Source))),
                    Err(error) => keyed(error),
                },
            },
        }
    }

    /// The account guard: answers carry ARNs, so it costs no call.
    fn guarded(&self, field: &PlannedField, source: &Source, found: Found, origin: Origin) -> Resolved {
        let there = found.arn.as_deref().and_then(account_of);
        match (field.account, there) {
            (Some(wanted), Some(there)) if wanted != there => {
                let detail = format!("it is in account {there}, and stage `{}` belongs to {wanted}", self.plan.stage);
                Resolved::Failed(self.failure(field, source, FailureKind::WrongAccount, detail))
            }
            _ => Resolved::Found { found, origin, source: source.to_string() },
        }
    }

    fn failure(&self, field: &PlannedField, source: &Source, kind: FailureKind, detail: String) -> Failure {
        Failure {
            field: field.path.clone(),
            stage: self.plan.stage.name().to_owned(),
            source: Some(source.to_string()),
            kind,
            detail,
            remedy: remedy::for_source(kind, source),
        }
    }

    fn create(&self, field: &PlannedField) -> String {
        if let Some(local) = &self.layers.local {
            let similar = local.similar(&field.path).filter(|key| *key != field.path);
            let meant = similar.map(|key| format!(" (there is `{key}`: misspelled?)")).unwrap_or_default();
            return format!("add `{} = …` under `[{}]` of {}{meant}", field.path, self.plan.stage, local.name);
        }
        match field.arms.first() {
            Some(source) => remedy::for_source(FailureKind::Missing, source),
            None => format!("give `{}` a source for stage `{}`", field.path, self.plan.stage),
        }
    }
}

fn keyed<T>(error: KeyError) -> Result<Option<T>, (FailureKind, String)> {
    match error {
        KeyError::Missing => Ok(None),
        KeyError::NotAnObject(error) => Err((FailureKind::Undecodable, format!("`#key` needs JSON: {error}"))),
    }
}

/// The account in an ARN; AWS's own public parameters have none.
fn account_of(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(3).filter(|account| !account.is_empty())
}

impl Found {
    /// One key of a JSON text, with the version and ARN of the whole.
    fn key(&self, key: &str) -> Result<Self, KeyError> {
        let text = self.content.stored().to_text().map_err(KeyError::NotAnObject)?;
        let selected = select(&text, key)?;
        Ok(Self { arn: self.arn.clone(), version: self.version.clone(), ..Self::text(selected.as_str()) })
    }
}
