//! The values that a stage reads and writes, computed from its plan.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::manage::check_snapshot;
use stage_config_core::schema::{FieldContent, SealedFile, Secrecy};
use stage_config_core::sealed::{KEY_FILE, StageKey};
use stage_config_core::{Plan, Schema};
use stage_config_grammar::snapshot;
use stage_config_grammar::source::{Address, Source};

use super::stage_pattern::StagePattern;
use crate::parameter_class::ParameterClass;

/// The addresses, key pairs and roles that a stage needs permissions for. If they are the needs of
/// a pattern of stages, such as `pr-*`, `*` replaces the part of a text that differs between these
/// stages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The addresses that a load requests. For each address: whether a field that reads the address
    /// may be secret.
    pub(super) reads: BTreeMap<Address, bool>,
    /// The first source of each field, which `set` writes if it can. For each source: whether a
    /// field with this first source may be secret.
    pub(super) writes: BTreeMap<Source, bool>,
    /// Whether a call requests several secrets.
    pub(super) batches: bool,
    /// The key pairs of the sealed files.
    pub(super) pairs: BTreeMap<Address, StageKeyPair>,
    /// The snapshot that a load may open.
    pub(super) snapshot: Option<SnapshotNeed>,
    /// The roles that the program assumes, each to read the addresses that name the role.
    pub(super) roles: BTreeSet<String>,
}

/// The facts about a stage's snapshot that determine the permissions on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SnapshotNeed {
    /// The path of the file, relative to the package's root.
    pub(super) path: String,
    /// The key pair that the snapshot is sealed for. It is `None` if the file is a placeholder.
    pub(super) pair: Option<StageKeyPair>,
}

/// A stage's key pair, as described in the artifact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StageKeyPair {
    pub(super) app: String,
    pub(super) stage: String,
    pub(super) kms_key: Option<String>,
}

/// One source of a field, with the facts that determine the permissions on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceNeed {
    pub(super) field: String,
    /// The position in the chain.
    pub(super) index: usize,
    pub(super) source: Source,
    /// Whether the field may be secret. If it may, `set` creates a parameter as a SecureString.
    pub(super) encrypted: bool,
    /// The key pair of a sealed file.
    pub(super) pair: Option<StageKeyPair>,
}

#[cfg(test)]
impl SourceNeed {
    /// Creates the need of the first source of a field.
    pub(super) fn new_first(field: &str, source: &str) -> Self {
        Self {
            field: field.to_owned(),
            index: 0,
            source: Source::parse(source, &[]).unwrap(),
            encrypted: false,
            pair: None,
        }
    }
}

impl Needs {
    pub(crate) fn from_plan(plan: &Plan, pattern: &StagePattern) -> Self {
        let snapshot = find_snapshot(plan);
        Self::from_sources(list_sources(plan, pattern), sends_batches(plan), snapshot)
    }

    pub(super) fn from_sources(
        sources: Vec<SourceNeed>,
        batches: bool,
        snapshot: Option<SnapshotNeed>,
    ) -> Self {
        let mut needs = Self {
            batches,
            snapshot,
            ..Self::default()
        };
        for need in sources {
            let address = &need.source.address;
            if let Some(pair) = need.pair {
                needs.pairs.insert(address.clone(), pair);
            }
            if address.is_remote() {
                *needs.reads.entry(address.clone()).or_default() |= need.encrypted;
            }
            if need.index == 0 {
                *needs.writes.entry(need.source).or_default() |= need.encrypted;
            }
        }
        needs
    }

    /// Returns the needs of a program that reads these addresses.
    #[cfg(feature = "deployed")]
    pub(crate) fn from_addresses(addresses: impl IntoIterator<Item = Address>) -> Self {
        let remote = addresses.into_iter().filter(Address::is_remote);
        Self {
            reads: remote.map(|address| (address, false)).collect(),
            ..Self::default()
        }
    }

    /// Returns the secrets that a load requests.
    #[cfg(feature = "deployed")]
    pub(crate) fn list_secrets(&self) -> impl Iterator<Item = Address> {
        let secrets = self.reads.keys();
        let is_secret = |address: &&Address| matches!(address, Address::Secret { .. });
        secrets.filter(is_secret).cloned()
    }

    /// Returns the roles that the sources name in `?role=`.
    pub(crate) fn list_roles(&self) -> BTreeSet<String> {
        let roles = self.reads.keys().filter_map(Address::role);
        roles.map(str::to_owned).collect()
    }

    /// Returns the needs of the program itself, which assumes the roles and reads the addresses
    /// without a role.
    #[must_use]
    pub(crate) fn select_program_needs(&self) -> Self {
        Self {
            roles: self.list_roles(),
            ..self.retain_reads(None)
        }
    }

    /// Returns the needs of a role that the program assumes.
    #[must_use]
    pub(crate) fn select_role_needs(&self, role: &str) -> Self {
        Self {
            snapshot: None,
            ..self.retain_reads(Some(role))
        }
    }

    fn retain_reads(&self, role: Option<&str>) -> Self {
        let mut needs = self.clone();
        needs.reads.retain(|address, _| address.role() == role);
        let is_batched =
            |address: &&Address| matches!(address, Address::Secret { version: None, .. });
        needs.batches &= needs.reads.keys().filter(is_batched).count() > 1;
        needs
    }

    /// Returns the addresses to read whose KMS key can be looked up. The key of an address that
    /// contains a pattern, or that is read with a role, cannot be looked up.
    pub(crate) fn list_read_lookups(&self) -> BTreeSet<Address> {
        self.reads.keys().filter_map(to_lookup_address).collect()
    }

    /// Returns the addresses to write whose KMS key can be looked up.
    pub(crate) fn list_write_lookups(&self) -> BTreeSet<Address> {
        self.writes
            .keys()
            .filter_map(|source| to_lookup_address(&source.address))
            .collect()
    }
}

/// Returns whether a call of a load requests several secrets.
pub(super) fn sends_batches(plan: &Plan) -> bool {
    plan.calls()
        .iter()
        .any(|call| call.scheme == "secret" && call.requests.len() > 1)
}

/// Returns the sources of all fields, in order of declaration.
pub(super) fn list_sources(plan: &Plan, pattern: &StagePattern) -> Vec<SourceNeed> {
    let mut needs = Vec::new();
    for field in plan.planned_fields() {
        for (index, source) in field.chain().iter().enumerate() {
            let pair = match &source.address {
                Address::Sealed { name, stage } => {
                    let stage = stage.as_deref().unwrap_or(plan.stage().name());
                    let pair = find_key_pair(plan.schema(), stage, name);
                    Some(StageKeyPair {
                        stage: pattern.restore(&pair.stage),
                        ..pair
                    })
                }
                _ => None,
            };
            needs.push(SourceNeed {
                field: field.path().to_owned(),
                index,
                source: Source {
                    address: restore_pattern(&source.address, pattern),
                    key: source.key.as_ref().map(|key| pattern.restore(key)),
                },
                encrypted: field.secrecy() != Secrecy::No,
                pair,
            });
        }
    }
    needs
}

/// Returns the snapshot that a load of the stage may open, if the load could use the values of the
/// snapshot.
pub(super) fn find_snapshot(plan: &Plan) -> Option<SnapshotNeed> {
    let (schema, stage) = (plan.schema(), plan.stage().name());
    check_snapshot(plan).ok()?;
    let snapshot = schema.snapshot.as_ref()?;
    let file = snapshot.files.iter().find(|file| file.stage == stage)?;

    let to_pair = |text: &str| {
        let key = StageKey::parse(text).ok();
        let kms_key = key.map(|key| key.kms_key().to_owned());
        StageKeyPair {
            app: schema.app.to_owned(),
            stage: stage.to_owned(),
            kms_key,
        }
    };
    Some(SnapshotNeed {
        path: snapshot::resolve_path(snapshot.path, stage),
        pair: file.key.map(to_pair),
    })
}

/// Returns the address for a lookup in Parameter Store or Secrets Manager, if a lookup is possible.
fn to_lookup_address(address: &Address) -> Option<Address> {
    // The credentials of the command are not those of the role.
    if address.role().is_some() {
        return None;
    }
    let lookup_address = match address {
        Address::Parameter { name, .. } => match ParameterClass::from_name(name) {
            ParameterClass::Own => address.clone(),
            ParameterClass::Public => return None,
            ParameterClass::Secret(id) => to_referenced_secret(id, address),
        },
        Address::Secret { .. } => address.clone(),
        _ => return None,
    };

    match &lookup_address {
        Address::Parameter { name: text, .. } | Address::Secret { id: text, .. }
            if !text.contains('*') =>
        {
            Some(lookup_address)
        }
        _ => None,
    }
}

/// Returns the secret that a parameter of `/aws/reference/secretsmanager/` refers to.
pub(super) fn to_referenced_secret(id: &str, parameter: &Address) -> Address {
    Address::Secret {
        id: id.to_owned(),
        version: None,
        region: parameter.region().map(str::to_owned),
        role: parameter.role().map(str::to_owned),
    }
}

fn restore_pattern(address: &Address, pattern: &StagePattern) -> Address {
    let mut address = address.clone();
    match &mut address {
        Address::Parameter { name: text, .. }
        | Address::ParameterPath { path: text, .. }
        | Address::Secret { id: text, .. }
        | Address::KmsEnv { variable: text, .. }
        | Address::Env { variable: text, .. }
        | Address::Custom { address: text, .. } => *text = pattern.restore(text),
        Address::AppConfig {
            application,
            environment,
            profile,
            ..
        } => {
            for part in [application, environment, profile] {
                *part = pattern.restore(part);
            }
        }
        Address::Sealed {
            stage: Some(stage), ..
        } => *stage = pattern.restore(stage),
        Address::Sealed { stage: None, .. } | Address::Value(_) => {}
    }
    address
}

/// Returns the key pair of a sealed file. The struct that embeds the file also embeds the key.
fn find_key_pair(schema: &Schema, stage: &str, name: &str) -> StageKeyPair {
    let find_file = |schema: &Schema, name: &str| -> Option<&'static SealedFile> {
        schema
            .sealed
            .iter()
            .find(|file| file.stage == stage && file.name == name)
    };
    let has_file = |schema: &&Schema| find_file(schema, name).is_some();
    let owner = collect_structs(schema)
        .into_iter()
        .find(has_file)
        .unwrap_or(schema);

    let key = find_file(owner, KEY_FILE).and_then(|file| StageKey::parse(file.text).ok());
    match key {
        Some(key) => StageKeyPair {
            app: key.app().to_owned(),
            stage: key.stage().to_owned(),
            kms_key: Some(key.kms_key().to_owned()),
        },
        None => StageKeyPair {
            app: owner.app.to_owned(),
            stage: stage.to_owned(),
            kms_key: None,
        },
    }
}

/// Returns the struct and all nested structs.
fn collect_structs(schema: &Schema) -> Vec<&Schema> {
    let nested = schema
        .fields
        .iter()
        .filter_map(|field| match &field.content {
            FieldContent::Nested { schema, .. } => Some(collect_structs(schema)),
            FieldContent::Value(_) => None,
        });

    std::iter::once(schema).chain(nested.flatten()).collect()
}
