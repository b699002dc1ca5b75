//! Finds secrets that several stages share: a person who may read one stage's secret can use it in
//! the other stage.

use std::collections::BTreeMap;

use stage_config_core::manage::{FieldState, ReadField};
use stage_config_grammar::source::{Address, Source};

use super::report::{SharedBy, SharedSecret};
use super::stage_checker::CheckedStage;
use crate::args::IdentityArguments;
use crate::error::CliError;
use crate::package::StageSettings;
use crate::sealed_source::StageSource;
use crate::session::{Session, StageSession};

/// Finds shared secrets: by their values in the stages that were read, and by their sources in all
/// declared stages.
pub(super) fn find_shared_secrets(
    session: &Session,
    identity: &IdentityArguments,
    checked: &[CheckedStage],
) -> Result<Vec<SharedSecret>, CliError> {
    let mut found = find_by_value(checked);
    let declared: Vec<StageSession> = session
        .schema
        .stages
        .iter()
        .map(|stage| session.plan_stage(stage, identity))
        .collect::<Result<_, _>>()?;
    for shared in find_by_source(session.schema.accounts, &declared) {
        let is_known = |known: &SharedSecret| {
            known.field == shared.field
                && shared
                    .stages
                    .iter()
                    .all(|stage| known.stages.contains(stage))
        };
        if !found.iter().any(is_known) {
            found.push(shared);
        }
    }
    Ok(found)
}

/// A secret that was read from one stage.
struct ReadSecret<'a> {
    stage: &'a StageSession,
    source: &'a Source,
    bytes: &'a [u8],
}

impl<'a> ReadSecret<'a> {
    fn locate(&self) -> StageSource<'a> {
        StageSource {
            stage: self.stage.plan.stage(),
            source: self.source,
        }
    }
}

fn find_by_value(checked: &[CheckedStage]) -> Vec<SharedSecret> {
    let read = checked
        .iter()
        .filter_map(|checked| Some((&checked.stage, checked.reading.as_ref().ok()?)));
    let mut fields: BTreeMap<&str, Vec<Vec<ReadSecret<'_>>>> = BTreeMap::new();
    for (stage, reading) in read {
        for (field, secret) in reading
            .fields
            .iter()
            .filter_map(|field| Some((field.planned.path(), to_read_secret(stage, field)?)))
        {
            let groups = fields.entry(field).or_default();
            match groups
                .iter_mut()
                .find(|group| group[0].bytes == secret.bytes)
            {
                Some(group) => group.push(secret),
                None => groups.push(vec![secret]),
            }
        }
    }
    let to_shared = |field: &str, group: Vec<ReadSecret<'_>>| SharedSecret {
        field: field.to_owned(),
        stages: skip_fallback_stages(&group)
            .map(|secret| secret.stage.name().to_owned())
            .collect(),
        by: SharedBy::Value,
    };
    let shared = fields
        .into_iter()
        .flat_map(|(field, groups)| groups.into_iter().map(move |group| to_shared(field, group)));
    shared.filter(|secret| secret.stages.len() > 1).collect()
}

fn to_read_secret<'a>(stage: &'a StageSession, field: &'a ReadField) -> Option<ReadSecret<'a>> {
    match &field.state {
        FieldState::Found(value) if field.is_secret() => {
            let bytes = value.bytes().filter(|bytes| !bytes.is_empty())?;
            Some(ReadSecret {
                stage,
                source: &value.source,
                bytes,
            })
        }
        _ => None,
    }
}

/// Leaves out undeclared stages that share a secret through the same source. Sharing is the purpose
/// of the fallback sources.
fn skip_fallback_stages<'a, 'b>(
    group: &'b [ReadSecret<'a>],
) -> impl Iterator<Item = &'b ReadSecret<'a>> {
    let is_fallback_copy = |secret: &ReadSecret<'_>| {
        secret.stage.plan.stage().is_fallback()
            && group.iter().any(|other| {
                other.stage.name() != secret.stage.name() && other.locate().is_same(secret.locate())
            })
    };
    group.iter().filter(move |secret| !is_fallback_copy(secret))
}

/// The stages that read one secret from the same source.
struct SourceGroup<'a> {
    field: &'a str,
    /// The source in the first of the stages.
    source: StageSource<'a>,
    location: StageLocation,
    stages: Vec<String>,
}

fn find_by_source(accounts: &[(&str, &str)], stages: &[StageSession]) -> Vec<SharedSecret> {
    let mut groups: Vec<SourceGroup<'_>> = Vec::new();
    for stage in stages {
        let location = StageLocation::from_stage(accounts, stage);
        for field in stage
            .plan
            .planned_fields()
            .iter()
            .filter(|field| field.is_secret())
        {
            let Some(source) = field
                .chain()
                .first()
                .filter(|source| is_shared_address(&source.address))
            else {
                continue;
            };
            let is_absolute =
                source.address.arn().is_some() || matches!(source.address, Address::Sealed { .. });
            let source = StageSource {
                stage: stage.plan.stage(),
                source,
            };
            let reads_same = |group: &&mut SourceGroup<'_>| {
                group.field == field.path()
                    && group.source.is_same(source)
                    && (is_absolute || group.location.is_same(&location))
            };
            match groups.iter_mut().find(reads_same) {
                Some(group) => group.stages.push(stage.name().to_owned()),
                None => groups.push(SourceGroup {
                    field: field.path(),
                    source,
                    location: location.clone(),
                    stages: vec![stage.name().to_owned()],
                }),
            }
        }
    }
    let shared = groups.into_iter().filter(|group| group.stages.len() > 1);
    let to_shared = |group: SourceGroup<'_>| SharedSecret {
        field: group.field.to_owned(),
        stages: group.stages,
        by: SharedBy::Source,
    };
    shared.map(to_shared).collect()
}

/// Returns whether all stages of one account and region read the same value from this address. This
/// is true for a parameter, a secret, and a sealed file. Each deployment has its own variables. For
/// a custom store, this is unknown.
fn is_shared_address(address: &Address) -> bool {
    matches!(
        address,
        Address::Parameter { .. } | Address::Secret { .. } | Address::Sealed { .. }
    )
}

/// The account and region of a stage's parameters and secrets, and the identity that reads them.
#[derive(Clone)]
struct StageLocation {
    account: Option<String>,
    settings: StageSettings,
}

impl StageLocation {
    fn from_stage(accounts: &[(&str, &str)], stage: &StageSession) -> Self {
        let struct_account = accounts
            .iter()
            .find(|(name, _)| *name == stage.name())
            .map(|(_, account)| (*account).to_owned());
        Self {
            account: struct_account.or_else(|| stage.settings.account.clone()),
            settings: stage.settings.clone(),
        }
    }

    /// Compares two locations. If neither account is known, a different identity counts as a
    /// different account. If only one account is known, the locations differ.
    fn is_same(&self, other: &Self) -> bool {
        let identity = |location: &Self| {
            (
                location.settings.profile.clone(),
                location.settings.role_arn.clone(),
            )
        };
        let same_account = match (&self.account, &other.account) {
            (Some(one), Some(other)) => one == other,
            (None, None) => identity(self) == identity(other),
            _ => false,
        };
        same_account && self.settings.region == other.settings.region
    }
}
