//! What the programs of a workspace read, and the prefixes of a stage's templates.

use std::collections::BTreeSet;

use serde::Serialize;
use stage_config_core::manage::list_template_sources;
use stage_config_core::{Plan, Schema, Stage};
use stage_config_grammar::arn::is_arn;
use stage_config_grammar::source::Address;

use crate::iam::{AwsLocation, resource_name};
use crate::parameter_class::ParameterClass;

/// The name of a field that no program has. It marks the end of a template's prefix.
const UNUSED_FIELD: &str = "stage-config-unused-field";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ValueKind {
    Parameter,
    Secret,
}

impl ValueKind {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Secret => "secret",
        }
    }
}

/// The beginning of the names that a template gives in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) kind: ValueKind,
    pub(super) text: String,
    pub(super) region: Option<String>,
    location: AwsLocation,
    /// Whether the template belongs to the stage of the command.
    is_of_stage: bool,
}

/// The values that the programs read.
#[derive(Default)]
pub(super) struct Reads {
    /// The names of everything that a program reads, in any stage.
    names: BTreeSet<String>,
    prefixes: Vec<Prefix>,
    templates_without_prefix: BTreeSet<String>,
}

impl Reads {
    /// Adds a configuration, with the templates of this stage.
    pub(super) fn add(&mut self, schema: &'static Schema, stage: &str, location: &AwsLocation) {
        let declared = schema.stages.iter().copied();
        for name in declared.chain([stage]) {
            let Ok(planned) = Stage::choose(schema, name) else {
                continue;
            };
            for source in list_template_sources(schema, &planned, UNUSED_FIELD) {
                self.add_template(&source.address, name == stage, location);
            }
            if let Ok(plan) = Plan::new(schema, planned, |_| false) {
                let sources = plan.planned_fields().iter().flat_map(|field| field.chain());
                let names = sources.filter_map(|source| resource_name(location, &source.address));
                self.names.extend(names);
            }
        }
    }

    fn add_template(&mut self, address: &Address, is_of_stage: bool, location: &AwsLocation) {
        // The credentials of the command are not those of a role, and an ARN is in another account.
        if address.role().is_some() {
            return;
        }
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
        let Some((text, _)) = text.split_once(UNUSED_FIELD).filter(|_| !is_arn(text)) else {
            return;
        };
        if text.trim_matches('/').is_empty() {
            if is_of_stage {
                let template = address.to_string().replace(UNUSED_FIELD, "{field}");
                self.templates_without_prefix.insert(template);
            }
            return;
        }
        let prefix = Prefix {
            kind,
            text: text.to_owned(),
            region: address.region().map(str::to_owned),
            location: location.clone(),
            is_of_stage,
        };
        if !self.prefixes.contains(&prefix) {
            self.prefixes.push(prefix);
        }
    }

    /// Returns the templates of the stage whose names have no common beginning.
    pub(super) fn templates_without_prefix(&self) -> impl Iterator<Item = &str> {
        self.templates_without_prefix.iter().map(String::as_str)
    }

    /// Returns the prefixes of the stage in a place, without those that begin with another one.
    pub(super) fn prefixes(&self, location: &AwsLocation) -> Vec<&Prefix> {
        let own = |prefix: &&Prefix| prefix.is_of_stage && prefix.location == *location;
        let has_shorter = |prefix: &Prefix| {
            self.prefixes.iter().filter(own).any(|other| {
                other.kind == prefix.kind
                    && other.region == prefix.region
                    && other.text.len() < prefix.text.len()
                    && prefix.text.starts_with(&other.text)
            })
        };
        let prefixes = self.prefixes.iter().filter(own);
        prefixes.filter(|prefix| !has_shorter(prefix)).collect()
    }

    /// Returns whether no program reads this value. A value under the longer prefix of another
    /// stage belongs to that stage.
    pub(super) fn is_orphan(&self, prefix: &Prefix, name: &str, location: &AwsLocation) -> bool {
        let own = self.prefixes.iter().filter(|other| {
            other.kind == prefix.kind && other.is_of_stage && name.starts_with(&other.text)
        });
        let longest = own.map(|other| other.text.len()).max().unwrap_or_default();
        let is_of_other_stage = self.prefixes.iter().any(|other| {
            other.kind == prefix.kind
                && !other.is_of_stage
                && other.text.len() > longest
                && name.starts_with(&other.text)
        });
        !is_of_other_stage && !self.is_read(prefix, name, location)
    }

    fn is_read(&self, prefix: &Prefix, name: &str, location: &AwsLocation) -> bool {
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
        let Some(own) = resource_name(location, &address) else {
            return true;
        };
        self.names.iter().any(|read| {
            let path = read.strip_suffix('*');
            *read == own || path.is_some_and(|path| own.starts_with(path))
        })
    }
}
