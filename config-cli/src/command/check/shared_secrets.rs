//! Finds secrets that several stages share: a person who may read the secret of one stage can use
//! it in the other stages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use stage_config_core::Plan;
use stage_config_core::manage::{FieldState, JsonEntries, ReadField};
use stage_config_grammar::source::{Address, Source};

use super::report::{SharedBy, SharedSecret};
use super::stage_checker::CheckedStage;
use crate::package::StageSettings;
use crate::sealed_source::StageSource;
use crate::session::{Session, StageSession};

/// Finds shared secrets: by their values in the stages that were read, and by their sources in all
/// declared stages. The options of the command apply only to the stages that were read.
pub(super) fn find_shared_secrets(
    session: &Session,
    checked: &[CheckedStage],
) -> Vec<SharedSecret> {
    let mut found = find_by_value(checked);
    let read = checked.iter().map(|checked| &checked.stage);
    let read: Vec<&StageSession> = read
        .filter(|stage| !stage.plan.stage().is_fallback())
        .collect();
    let others = session.plan_other_stages(|name| read.iter().any(|stage| stage.name() == name));
    let mut declared: Vec<(&Plan, &StageSettings)> = read
        .iter()
        .map(|stage| (&stage.plan, &stage.settings))
        .chain(others.iter().map(|other| (&other.plan, &other.settings)))
        .collect();
    let names = session.schema.stages;
    declared.sort_by_key(|(plan, _)| names.iter().position(|name| *name == plan.stage().name()));
    for shared in find_by_source(&declared) {
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
    found
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
    // The key is the path of the field and, for a path of Parameter Store, the name of the
    // parameter.
    let mut fields: BTreeMap<(&str, Cow<'_, str>), Vec<Vec<ReadSecret<'_>>>> = BTreeMap::new();
    for (stage, reading) in read {
        let secrets = reading.fields.iter().flat_map(|field| {
            let secrets = list_read_secrets(stage, field).into_iter();
            secrets.map(|(key, secret)| ((field.planned.path(), key), secret))
        });
        for (field, secret) in secrets {
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
        stages: skip_fallback_copies(&group)
            .map(|secret| secret.stage.name().to_owned())
            .collect(),
        by: SharedBy::Value,
    };
    let shared = fields.into_iter().flat_map(|((field, _), groups)| {
        let groups = groups.into_iter();
        groups.map(move |group| to_shared(field, group))
    });
    let mut distinct = Vec::new();
    for secret in shared.filter(|secret| secret.stages.len() > 1) {
        // The same stages may share several parameters of a path.
        if !distinct.contains(&secret) {
            distinct.push(secret);
        }
    }
    distinct
}

/// Returns the secrets that a field reads, each with its key: one for each parameter of a path,
/// none for a variable, and one with an empty key for any other source.
fn list_read_secrets<'a>(
    stage: &'a StageSession,
    field: &'a ReadField,
) -> Vec<(Cow<'a, str>, ReadSecret<'a>)> {
    let FieldState::Found(value) = &field.state else {
        return Vec::new();
    };
    // Each deployment has its own variables. With `--env-file`, all stages of the check read one
    // file.
    let is_variable = matches!(
        value.source.address,
        Address::Env { .. } | Address::KmsEnv { .. }
    );
    let bytes = value.bytes().filter(|bytes| !bytes.is_empty());
    let Some(bytes) = bytes.filter(|_| field.is_secret() && !is_variable) else {
        return Vec::new();
    };
    let new_secret = |bytes| ReadSecret {
        stage,
        source: &value.source,
        bytes,
    };
    let is_path = matches!(value.source.address, Address::ParameterPath { .. });
    match serde_json::from_slice(bytes) {
        Ok(JsonEntries(entries)) if is_path => entries
            .into_iter()
            .map(|(key, value)| (key, new_secret(value.get().as_bytes())))
            .collect(),
        _ => vec![(Cow::Borrowed(""), new_secret(bytes))],
    }
}

/// Leaves out each undeclared stage that reads the secret from the same source as another stage.
/// Sharing is the purpose of the fallback sources.
fn skip_fallback_copies<'a, 'b>(
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
    settings: &'a StageSettings,
    stages: Vec<String>,
}

fn find_by_source(stages: &[(&Plan, &StageSettings)]) -> Vec<SharedSecret> {
    let mut groups: Vec<SourceGroup<'_>> = Vec::new();
    for (plan, settings) in stages {
        for field in plan
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
            let address = &source.address;
            // The account of a role does not depend on the settings, but the region does.
            let is_absolute = address.arn().is_some()
                || address.role().is_some() && address.region().is_some()
                || matches!(address, Address::Sealed { .. });
            let has_role = address.role().is_some();
            let source = StageSource {
                stage: plan.stage(),
                source,
            };
            let has_region = source.source.address.region().is_some();
            let reads_same = |group: &&mut SourceGroup<'_>| {
                group.field == field.path()
                    && group.source.is_same(source)
                    && (is_absolute
                        || has_role && group.settings.region == settings.region
                        || is_same_location(group.settings, settings, has_region))
            };
            match groups.iter_mut().find(reads_same) {
                Some(group) => group.stages.push(plan.stage().name().to_owned()),
                None => groups.push(SourceGroup {
                    field: field.path(),
                    source,
                    settings,
                    stages: vec![plan.stage().name().to_owned()],
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

/// Returns whether stages of one account and region share the value at this address if their
/// sources are the same ([`StageSource::is_same`]). This is true for a parameter, a path, a secret,
/// a configuration of AppConfig, and a sealed file. Each deployment has its own variables. For one
/// of the program's own stores, this is unknown.
fn is_shared_address(address: &Address) -> bool {
    address.is_in_service() || matches!(address, Address::Sealed { .. })
}

/// Returns whether two stages read their parameters and secrets from one account and region. If
/// neither account is known, a different identity counts as a different account. If only one
/// account is known, the accounts count as different. The regions do not matter for an address with
/// a region.
fn is_same_location(one: &StageSettings, other: &StageSettings, has_region: bool) -> bool {
    let same_account = match (&one.account, &other.account) {
        (Some(one), Some(other)) => one == other,
        (None, None) => (&one.profile, &one.role_arn) == (&other.profile, &other.role_arn),
        _ => false,
    };
    same_account && (has_region || one.region == other.region)
}
