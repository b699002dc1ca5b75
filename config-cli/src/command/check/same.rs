//! Secrets that several stages share: whoever may read the one can use it in the other.

use std::collections::BTreeMap;

use stage_config_core::manage::{ReadField, State};
use stage_config_grammar::source::{Address, Source};

use super::Checked;
use super::report::{SameBy, SameSecret};
use crate::args::IdentityArguments;
use crate::package::StageSettings;
use crate::problem::Problem;
use crate::session::{OneStage, Session};

/// By value among the stages that were read, and by source among all that are declared.
pub(super) fn same_secrets(
    session: &Session,
    given: &IdentityArguments,
    checked: &[Checked],
) -> Result<Vec<SameSecret>, Problem> {
    let mut same = by_value(checked);
    let declared: Vec<OneStage> =
        session.schema.stages.iter().map(|stage| session.stage(stage, given)).collect::<Result<_, _>>()?;
    for of_source in by_source(session.schema.accounts, &declared) {
        let told = |known: &SameSecret| {
            known.field == of_source.field && of_source.stages.iter().all(|stage| known.stages.contains(stage))
        };
        if !same.iter().any(told) {
            same.push(of_source);
        }
    }
    Ok(same)
}

/// A secret of one stage, as it was read.
struct Held<'a> {
    stage: &'a OneStage,
    source: &'a str,
    bytes: &'a [u8],
}

fn by_value(checked: &[Checked]) -> Vec<SameSecret> {
    let read = checked.iter().filter_map(|checked| Some((&checked.stage, checked.reading.as_ref().ok()?)));
    let mut fields: BTreeMap<&str, Vec<Vec<Held<'_>>>> = BTreeMap::new();
    for (stage, reading) in read {
        for (field, held) in reading.fields.iter().filter_map(|field| Some((field.path.as_str(), held(stage, field)?)))
        {
            let groups = fields.entry(field).or_default();
            match groups.iter_mut().find(|group| group[0].bytes == held.bytes) {
                Some(group) => group.push(held),
                None => groups.push(vec![held]),
            }
        }
    }
    let group = |field: &str, group: Vec<Held<'_>>| SameSecret {
        field: field.to_owned(),
        stages: unexplained(&group).map(|held| held.stage.name().to_owned()).collect(),
        by: SameBy::Value,
    };
    let all = fields.into_iter().flat_map(|(field, groups)| groups.into_iter().map(move |held| group(field, held)));
    all.filter(|same| same.stages.len() > 1).collect()
}

fn held<'a>(stage: &'a OneStage, field: &'a ReadField) -> Option<Held<'a>> {
    match &field.state {
        State::Found(value) if field.is_secret() => {
            let bytes = value.bytes().filter(|bytes| !bytes.is_empty())?;
            Some(Held { stage, source: &value.source, bytes })
        }
        _ => None,
    }
}

/// A stage that nobody declared is there to use what another stage has.
fn unexplained<'a, 'b>(group: &'b [Held<'a>]) -> impl Iterator<Item = &'b Held<'a>> {
    let of_other = |held: &Held<'_>| {
        held.stage.plan.stage().is_fallback()
            && group.iter().any(|other| other.stage.name() != held.stage.name() && other.source == held.source)
    };
    group.iter().filter(move |held| !of_other(held))
}

fn by_source(accounts: &[(&str, &str)], stages: &[OneStage]) -> Vec<SameSecret> {
    let mut groups: Vec<(&str, Source, Place, SameSecret)> = Vec::new();
    for stage in stages {
        let place = Place::of(accounts, stage);
        for field in stage.plan.planned().iter().filter(|field| field.is_secret()) {
            let Some(source) = field.chain().first().filter(|source| is_one_value(&source.address)) else { continue };
            let same = |(path, other, there, _): &&mut (&str, Source, Place, SameSecret)| {
                *path == field.path() && other == source && (source.address.arn().is_some() || there.is(&place))
            };
            match groups.iter_mut().find(same) {
                Some((_, _, _, group)) => group.stages.push(stage.name().to_owned()),
                None => {
                    let stages = vec![stage.name().to_owned()];
                    let group = SameSecret { field: field.path().to_owned(), stages, by: SameBy::Source };
                    groups.push((field.path(), source.clone(), place.clone(), group));
                }
            }
        }
    }
    groups.into_iter().map(|(_, _, _, group)| group).filter(|group| group.stages.len() > 1).collect()
}

/// Whether the same text means the same value in every deployment. A variable is each deployment's own, a sealed file each
/// stage's unless it names one, and of a program's own store nobody knows.
fn is_one_value(address: &Address) -> bool {
    matches!(address, Address::Parameter { .. } | Address::Secret { .. } | Address::Sealed { stage: Some(_), .. })
}

/// Where a stage's names are looked up.
#[derive(Clone)]
struct Place {
    account: Option<String>,
    settings: StageSettings,
}

impl Place {
    fn of(accounts: &[(&str, &str)], stage: &OneStage) -> Self {
        let of_struct =
            accounts.iter().find(|(name, _)| *name == stage.name()).map(|(_, account)| (*account).to_owned());
        Self { account: of_struct.or_else(|| stage.settings.account.clone()), settings: stage.settings.clone() }
    }

    /// Where no account is said, another identity is taken for another account.
    fn is(&self, other: &Self) -> bool {
        let who = |place: &Self| (place.settings.profile.clone(), place.settings.role_arn.clone());
        let same_account = match (&self.account, &other.account) {
            (Some(one), Some(other)) => one == other,
            (None, None) => who(self) == who(other),
            _ => false,
        };
        same_account && self.settings.region == other.settings.region
    }
}
