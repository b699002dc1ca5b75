//! Finds secrets that several stages share: a person who may read one stage's secret can use it in
//! the other stage.

use std::collections::BTreeMap;

use stage_config_core::manage::{FieldState, ReadField};
use stage_config_grammar::source::{Address, Source};

use super::CheckedStage;
use super::report::{SharedBy, SharedSecret};
use crate::args::IdentityArguments;
use crate::error::CliError;
use crate::package::StageSettings;
use crate::session::{Session, StageSession};

/// Compares by value the stages that were read, and by source all declared stages.
pub(super) fn find_shared_secrets(
    session: &Session,
    given: &IdentityArguments,
    checked: &[CheckedStage],
) -> Result<Vec<SharedSecret>, CliError> {
    let mut same = find_by_value(checked);
    let declared: Vec<StageSession> =
        session.schema.stages.iter().map(|stage| session.plan_stage(stage, given)).collect::<Result<_, _>>()?;
    for shared in find_by_source(session.schema.accounts, &declared) {
        let is_known = |known: &SharedSecret| {
            known.field == shared.field && shared.stages.iter().all(|stage| known.stages.contains(stage))
        };
        if !same.iter().any(is_known) {
            same.push(shared);
        }
    }
    Ok(same)
}

/// A secret of one stage, as read.
struct ReadSecret<'a> {
    stage: &'a StageSession,
    source: &'a Source,
    bytes: &'a [u8],
}

fn find_by_value(checked: &[CheckedStage]) -> Vec<SharedSecret> {
    let read = checked.iter().filter_map(|checked| Some((&checked.stage, checked.reading.as_ref().ok()?)));
    let mut fields: BTreeMap<&str, Vec<Vec<ReadSecret<'_>>>> = BTreeMap::new();
    for (stage, reading) in read {
        for (field, held) in
            reading.fields.iter().filter_map(|field| Some((field.planned.path(), to_read_secret(stage, field)?)))
        {
            let groups = fields.entry(field).or_default();
            match groups.iter_mut().find(|group| group[0].bytes == held.bytes) {
                Some(group) => group.push(held),
                None => groups.push(vec![held]),
            }
        }
    }
    let group = |field: &str, group: Vec<ReadSecret<'_>>| SharedSecret {
        field: field.to_owned(),
        stages: skip_fallback_stages(&group).map(|held| held.stage.name().to_owned()).collect(),
        by: SharedBy::Value,
    };
    let all = fields.into_iter().flat_map(|(field, groups)| groups.into_iter().map(move |held| group(field, held)));
    all.filter(|same| same.stages.len() > 1).collect()
}

fn to_read_secret<'a>(stage: &'a StageSession, field: &'a ReadField) -> Option<ReadSecret<'a>> {
    match &field.state {
        FieldState::Found(value) if field.is_secret() => {
            let bytes = value.bytes().filter(|bytes| !bytes.is_empty())?;
            Some(ReadSecret { stage, source: &value.source, bytes })
        }
        _ => None,
    }
}

/// Leaves out undeclared stages that share a secret through the same source. Sharing is the purpose
/// of the fallback sources.
fn skip_fallback_stages<'a, 'b>(group: &'b [ReadSecret<'a>]) -> impl Iterator<Item = &'b ReadSecret<'a>> {
    let is_fallback_copy = |held: &ReadSecret<'_>| {
        held.stage.plan.stage().is_fallback()
            && group.iter().any(|other| other.stage.name() != held.stage.name() && other.source == held.source)
    };
    group.iter().filter(move |held| !is_fallback_copy(held))
}

fn find_by_source(accounts: &[(&str, &str)], stages: &[StageSession]) -> Vec<SharedSecret> {
    let mut groups: Vec<(&str, Source, StageLocation, SharedSecret)> = Vec::new();
    for stage in stages {
        let place = StageLocation::from_stage(accounts, stage);
        for field in stage.plan.planned_fields().iter().filter(|field| field.is_secret()) {
            let Some(source) = field.chain().first().filter(|source| is_shared_address(&source.address)) else {
                continue;
            };
            let same = |(path, other, there, _): &&mut (&str, Source, StageLocation, SharedSecret)| {
                *path == field.path() && other == source && (source.address.arn().is_some() || there.is_same(&place))
            };
            match groups.iter_mut().find(same) {
                Some((_, _, _, group)) => group.stages.push(stage.name().to_owned()),
                None => {
                    let stages = vec![stage.name().to_owned()];
                    let group = SharedSecret { field: field.path().to_owned(), stages, by: SharedBy::Source };
                    groups.push((field.path(), source.clone(), place.clone(), group));
                }
            }
        }
    }
    groups.into_iter().map(|(_, _, _, group)| group).filter(|group| group.stages.len() > 1).collect()
}

/// Returns whether the same text means the same value in every deployment. Each deployment has its
/// own variables, and each stage its own sealed files unless the source names a stage. A custom
/// store is unknown.
fn is_shared_address(address: &Address) -> bool {
    matches!(address, Address::Parameter { .. } | Address::Secret { .. } | Address::Sealed { stage: Some(_), .. })
}

/// The account, region and identity that a stage's names belong to.
#[derive(Clone)]
struct StageLocation {
    account: Option<String>,
    settings: StageSettings,
}

impl StageLocation {
    fn from_stage(accounts: &[(&str, &str)], stage: &StageSession) -> Self {
        let struct_account =
            accounts.iter().find(|(name, _)| *name == stage.name()).map(|(_, account)| (*account).to_owned());
        Self { account: struct_account.or_else(|| stage.settings.account.clone()), settings: stage.settings.clone() }
    }

    /// Compares two locations. Without known accounts, a different identity counts as a different
    /// account.
    fn is_same(&self, other: &Self) -> bool {
        let who = |place: &Self| (place.settings.profile.clone(), place.settings.role_arn.clone());
        let same_account = match (&self.account, &other.account) {
            (Some(one), Some(other)) => one == other,
            (None, None) => who(self) == who(other),
            _ => false,
        };
        same_account && self.settings.region == other.settings.region
    }
}
