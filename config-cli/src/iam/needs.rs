//! What a stage reads and writes, from its plan.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::manage::check_snapshot;
use stage_config_core::schema::{Content, SealedFile, Secrecy};
use stage_config_core::sealed::{KEY_FILE, StageKey};
use stage_config_core::{Plan, Schema};
use stage_config_grammar::snapshot;
use stage_config_grammar::source::{Address, Source};

use super::arn::Parameter;
use super::pattern::StagePattern;

/// What a stage needs, with `*` in the place of what differs between the stages of a pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Every address that a load asks for, and whether a field that takes it may be a secret.
    pub(super) reads: BTreeMap<Address, bool>,
    /// What `set` writes: the first arm of each field.
    pub(super) writes: BTreeMap<Source, bool>,
    /// Whether some call asks for several secrets.
    pub(super) batches: bool,
    /// The key pairs of the sealed files.
    pub(super) pairs: BTreeMap<Address, Pair>,
    /// The snapshot that a load may open.
    pub(super) snapshot: Option<SnapshotNeed>,
}

/// What a stage's snapshot needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SnapshotNeed {
    /// The file, from the package's root.
    pub(super) path: String,
    /// The key pair that it is sealed for; `None` of a placeholder.
    pub(super) pair: Option<Pair>,
}

/// A stage's key pair, as far as the artifact knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) app: String,
    pub(super) stage: String,
    pub(super) kms_key: Option<String>,
}

impl Needs {
    pub(crate) fn of(plan: &Plan, pattern: &StagePattern) -> Self {
        let batches = plan.calls().iter().any(|call| call.scheme == "secret" && call.requests.len() > 1);
        let mut needs = Self { batches, snapshot: snapshot_of(plan), ..Self::default() };
        for field in plan.planned() {
            for (at, source) in field.chain().iter().enumerate() {
                let address = restored(&source.address, pattern);
                if let Address::Sealed { name, stage } = &source.address {
                    let stage = stage.as_deref().unwrap_or(plan.stage().name());
                    let pair = pair_of(plan.schema(), stage, name);
                    needs.pairs.insert(address.clone(), Pair { stage: pattern.restore(&pair.stage), ..pair });
                }
                // A value that may be a secret is written as a SecureString, and encrypted with the stage's key.
                let encrypted = field.secrecy() != Secrecy::No;
                if at == 0 {
                    let source = Source { address: address.clone(), key: source.key.clone() };
                    *needs.writes.entry(source).or_default() |= encrypted;
                }
                if address.is_remote() {
                    *needs.reads.entry(address).or_default() |= encrypted;
                }
            }
        }
        needs
    }

    /// The addresses that are read and whose KMS key AWS could be asked for: those that are the same in all stages of the pattern.
    pub(crate) fn lookable_reads(&self) -> BTreeSet<Address> {
        self.reads.keys().filter_map(lookable).collect()
    }

    /// The same of what is written.
    pub(crate) fn lookable_writes(&self) -> BTreeSet<Address> {
        self.writes.keys().filter_map(|source| lookable(&source.address)).collect()
    }
}

/// What a load of the stage may open, where it has a snapshot that could give something.
fn snapshot_of(plan: &Plan) -> Option<SnapshotNeed> {
    let (schema, stage) = (plan.schema(), plan.stage().name());
    check_snapshot(plan).ok()?;
    let snapshot = schema.snapshot.as_ref()?;
    let file = snapshot.files.iter().find(|file| file.stage == stage)?;
    let pair = |text: &str| {
        let key = StageKey::parse(text).ok();
        let kms_key = key.map(|key| key.kms_key().to_owned());
        Pair { app: schema.app.to_owned(), stage: stage.to_owned(), kms_key }
    };
    Some(SnapshotNeed { path: snapshot::path(snapshot.path, stage), pair: file.key.map(pair) })
}

/// What Parameter Store or Secrets Manager can be asked about.
fn lookable(address: &Address) -> Option<Address> {
    let single = match address {
        Address::Parameter { name, .. } => match Parameter::of(name) {
            Parameter::Own => address.clone(),
            Parameter::Public => return None,
            Parameter::Secret(id) => behind(id, address),
        },
        Address::Secret { .. } => address.clone(),
        _ => return None,
    };
    match &single {
        Address::Parameter { name: text, .. } | Address::Secret { id: text, .. } if !text.contains('*') => Some(single),
        _ => None,
    }
}

/// The secret that a parameter of `/aws/reference/secretsmanager/` shows.
pub(super) fn behind(id: &str, parameter: &Address) -> Address {
    Address::Secret { id: id.to_owned(), version: None, region: parameter.region().map(str::to_owned) }
}

fn restored(address: &Address, pattern: &StagePattern) -> Address {
    let mut address = address.clone();
    match &mut address {
        Address::Parameter { name: text, .. }
        | Address::Secret { id: text, .. }
        | Address::Custom { address: text, .. } => *text = pattern.restore(text),
        Address::Sealed { stage: Some(stage), .. } => *stage = pattern.restore(stage),
        Address::KmsEnv { .. } | Address::Sealed { .. } | Address::Env { .. } | Address::Value(_) => {}
    }
    address
}

/// The key pair that a sealed file was made with: that of the struct that embeds it.
fn pair_of(schema: &Schema, stage: &str, name: &str) -> Pair {
    let file = |of: &Schema, name: &str| -> Option<&'static SealedFile> {
        of.sealed.iter().find(|file| file.stage == stage && file.name == name)
    };
    let owner = structs(schema).into_iter().find(|one| file(one, name).is_some()).unwrap_or(schema);
    let key = file(owner, KEY_FILE).and_then(|file| StageKey::parse(file.text).ok());
    match key {
        Some(key) => {
            Pair { app: key.app().to_owned(), stage: key.stage().to_owned(), kms_key: Some(key.kms_key().to_owned()) }
        }
        None => Pair { app: owner.app.to_owned(), stage: stage.to_owned(), kms_key: None },
    }
}

/// The struct and all that are nested in it.
fn structs(schema: &Schema) -> Vec<&Schema> {
    let nested = schema.fields.iter().filter_map(|field| match &field.content {
        Content::Nested { schema, .. } => Some(structs(schema)),
        Content::Value(_) => None,
    });
    std::iter::once(schema).chain(nested.flatten()).collect()
}
