//! The values that the programs of a workspace read, and the prefixes of a stage's templates.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::manage::list_template_sources;
use stage_config_core::{Plan, Schema, Stage};
use stage_config_grammar::arn::is_arn;
use stage_config_grammar::source::Address;
use stage_config_grammar::stage::matches;

use crate::iam::{AwsLocation, UNUSED_FIELD, resource_names};
use crate::parameter_class::ParameterClass;

/// The kind of the values whose names can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    Parameter,
    Secret,
}

/// The beginning (`text`) and the end (`suffix`) that all names of one template have in one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) kind: ValueKind,
    pub(super) text: String,
    suffix: String,
    /// The region that the template names.
    pub(super) region: Option<String>,
    location: AwsLocation,
    /// Whether the template belongs to the stage of the command.
    is_of_stage: bool,
}

impl Prefix {
    /// Returns the region and the account of the names.
    pub(super) fn region_and_account(&self) -> (Option<&str>, Option<&str>) {
        let location = &self.location;
        let region = self.region.as_ref().or(location.region.as_ref());
        (region.map(String::as_str), location.account.as_deref())
    }
}

/// The values that the programs read.
#[derive(Default)]
pub(super) struct Reads {
    /// The names of everything that a program reads, in any stage. A `*` matches any text: the
    /// parameters below a path, or the name of a stage that is not declared.
    names: BTreeSet<String>,
    prefixes: Vec<Prefix>,
    /// The templates of the stage whose values cannot be listed, each with the reason.
    unlisted: BTreeMap<String, &'static str>,
}

impl Reads {
    /// Adds what a configuration reads in every stage, and its templates. `stage` is the stage of
    /// the command.
    pub(super) fn add(&mut self, schema: &'static Schema, stage: &str, location: &AwsLocation) {
        let declared = schema.stages.iter().copied();
        let chosen = declared.chain([stage]);
        let chosen = chosen.filter_map(|name| Stage::choose(schema, name).ok());
        for planned in chosen.chain(Stage::new_undeclared(schema)) {
            self.add_stage(schema, planned, stage, location);
        }
    }

    fn add_stage(
        &mut self,
        schema: &'static Schema,
        planned: Stage,
        stage: &str,
        location: &AwsLocation,
    ) {
        let undeclared = Stage::new_undeclared(schema).filter(|undeclared| *undeclared == planned);
        let is_of_stage = planned.name() == stage && undeclared.is_none();
        for source in list_template_sources(schema, &planned, UNUSED_FIELD) {
            // For undeclared stages, skip a template that contains the stage's name: the names of
            // its values have no common prefix.
            let address = source.address.to_string();
            let is_any_stage = undeclared
                .as_ref()
                .is_some_and(|undeclared| address.contains(undeclared.name()));
            if !is_any_stage {
                self.add_template(&source.address, is_of_stage, location);
            }
        }
        let Ok(plan) = Plan::new(schema, planned, |_| false) else {
            return;
        };
        let sources = plan.planned_fields().iter().flat_map(|field| field.chain());
        let names = sources.flat_map(|source| resource_names(location, &source.address));
        self.names.extend(names.map(|name| match &undeclared {
            Some(undeclared) => name.replace(undeclared.name(), "*"),
            None => name,
        }));
    }

    fn add_template(&mut self, address: &Address, is_of_stage: bool, location: &AwsLocation) {
        let (kind, text) = match address {
            Address::Parameter { name, .. } => match ParameterClass::from_name(name) {
                ParameterClass::Own => (ValueKind::Parameter, name.as_str()),
                ParameterClass::Secret(id) => (ValueKind::Secret, id),
                ParameterClass::Public => return,
            },
            Address::ParameterPath { path, .. } => (ValueKind::Parameter, path.as_str()),
            Address::Secret { id, .. } => (ValueKind::Secret, id.as_str()),
            _ => return,
        };
        let Some((prefix, suffix)) = text.split_once(UNUSED_FIELD) else {
            return;
        };
        let reason = if address.role().is_some() {
            Some("the template is read with a role")
        } else if is_arn(text) {
            Some("the template is an ARN")
        } else if prefix.trim_matches('/').is_empty() {
            Some("the template has no text before the field's name")
        } else {
            None
        };
        if let Some(reason) = reason {
            if is_of_stage {
                let template = address.to_string().replace(UNUSED_FIELD, "{field}");
                self.unlisted.insert(template, reason);
            }
            return;
        }
        let prefix = Prefix {
            kind,
            text: prefix.to_owned(),
            suffix: suffix.to_owned(),
            region: address.region().map(str::to_owned),
            location: location.clone(),
            is_of_stage,
        };
        if !self.prefixes.contains(&prefix) {
            self.prefixes.push(prefix);
        }
    }

    /// Returns the templates of the stage whose values cannot be listed, each with the reason.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let unlisted = self.unlisted.iter();
        unlisted.map(|(template, reason)| (template.as_str(), *reason))
    }

    /// Returns the prefixes of the stage's templates in one account and region.
    pub(super) fn prefixes(&self, location: &AwsLocation) -> Vec<&Prefix> {
        let own = |prefix: &&Prefix| prefix.is_of_stage && prefix.location == *location;
        self.prefixes.iter().filter(own).collect()
    }

    /// Returns true if the value with this name is an orphan: no program reads it. A value whose
    /// name does not end with the suffix of the template is not an orphan. If the name also begins
    /// with a longer prefix of another stage in the same region and account, the value belongs to
    /// that stage and is not an orphan either.
    pub(super) fn is_orphan(&self, prefix: &Prefix, name: &str) -> bool {
        if !name.ends_with(&prefix.suffix) {
            return false;
        }
        let is_matching = |other: &&Prefix| {
            other.kind == prefix.kind
                && other.region_and_account() == prefix.region_and_account()
                && name.starts_with(&other.text)
        };
        let matching: Vec<&Prefix> = self.prefixes.iter().filter(is_matching).collect();
        let longest = |is_of_stage: bool| {
            let own = matching.iter().filter(|one| one.is_of_stage == is_of_stage);
            own.map(|one| one.text.len()).max().unwrap_or_default()
        };
        longest(true) >= longest(false) && !self.is_read(prefix, name)
    }

    fn is_read(&self, prefix: &Prefix, name: &str) -> bool {
        let region = prefix.region.clone();
        let address = match prefix.kind {
            ValueKind::Parameter => Address::Parameter {
                name: name.to_owned(),
                selector: None,
                region,
                role: None,
            },
            ValueKind::Secret => Address::Secret {
                id: name.to_owned(),
                version: None,
                region,
                role: None,
            },
        };
        let own = resource_names(&prefix.location, &address);
        let is_own = |read: &String| own.iter().any(|own| matches(read, own));
        self.names.iter().any(is_own)
    }
}
