//! One policy for several stages, whose sources differ only by the stage's name.

use stage_config_core::{Plan, Stage};

use super::needs::{
    Needs, SnapshotNeed, SourceNeed, StageKeyPair, find_snapshot, list_sources, sends_batches,
};
use super::policy::Policy;
use super::stage_pattern::StagePattern;
use super::stage_template::{STAGE_MARK, StageText, find_template, merge_pairs, merge_sources};
use crate::redact;

/// The stages of a policy that has the stage as a parameter.
pub(crate) struct ParameterStages<'a>(Vec<StageNeeds<'a>>);

/// The needs of one stage.
struct StageNeeds<'a> {
    stage: &'a str,
    /// The chain of each field, in order of declaration.
    fields: Vec<(String, Vec<SourceNeed>)>,
    batches: bool,
    snapshot: Option<SnapshotNeed>,
}

/// The error of [`ParameterStages::merge`]: one policy cannot cover all stages.
#[derive(Debug)]
pub(crate) struct StageMisfits {
    /// The stages that one policy can cover. Each line in `others` compares a stage with the first
    /// of these stages.
    pub(crate) fitting: Vec<String>,
    /// The other stages, each with a line for each difference.
    pub(crate) others: Vec<(String, Vec<String>)>,
}

impl<'a> ParameterStages<'a> {
    pub(crate) fn from_plans(plans: impl IntoIterator<Item = &'a Plan>) -> Self {
        Self(plans.into_iter().map(StageNeeds::from_plan).collect())
    }

    /// Returns the needs that all stages have in common. They contain [`STAGE_MARK`] instead of
    /// the stage's name.
    ///
    /// # Errors
    ///
    /// Returns an error if the sources, the KMS keys, the key pairs or the snapshots of the stages
    /// differ in more than the stage's name.
    pub(crate) fn merge(&self) -> Result<Needs, StageMisfits> {
        let all: Vec<&StageNeeds<'a>> = self.0.iter().collect();
        if let Some(sources) = merge_fields(&all)
            && let Some(snapshot) = merge_snapshots(&all)
        {
            let batches = all.iter().any(|stage| stage.batches);
            return Ok(Needs::from_sources(sources, batches, snapshot));
        }
        let group = self.find_largest_group();
        let is_fitting = |stage: &StageNeeds<'a>| group.iter().any(|one| one.stage == stage.stage);
        let describe = |stage: &StageNeeds<'a>| {
            let reasons = group
                .first()
                .map(|first| describe_differences(first, stage));
            (stage.stage.to_owned(), reasons.unwrap_or_default())
        };
        Err(StageMisfits {
            fitting: group.iter().map(|stage| stage.stage.to_owned()).collect(),
            others: all
                .iter()
                .filter(|stage| !is_fitting(stage))
                .map(|stage| describe(stage))
                .collect(),
        })
    }

    fn find_largest_group(&self) -> Vec<&StageNeeds<'a>> {
        let mut largest = Vec::new();
        for first in &self.0 {
            let mut group = vec![first];
            for other in self.0.iter().filter(|other| other.stage != first.stage) {
                group.push(other);
                if merge_fields(&group).is_none() || merge_snapshots(&group).is_none() {
                    group.pop();
                }
            }
            if group.len() > largest.len() {
                largest = group;
            }
        }
        largest
    }

    /// Makes the stage a parameter of a policy that was built from the merged needs.
    pub(crate) fn parametrize(&self, policy: Policy) -> Policy {
        let stages = self.0.iter().map(|stage| stage.stage.to_owned()).collect();
        policy.with_stage_parameter(STAGE_MARK, stages)
    }
}

/// Returns the text of one setting that all stages have in common, with [`STAGE_MARK`] in place of
/// the stage's name.
pub(crate) fn merge_setting(settings: &[(&str, &str)]) -> Option<String> {
    let texts: Vec<StageText<'_>> = settings
        .iter()
        .map(|(stage, text)| StageText { stage, text })
        .collect();
    find_template(&texts)
}

impl<'a> StageNeeds<'a> {
    fn from_plan(plan: &'a Plan) -> Self {
        let stage: &Stage = plan.stage();
        let sources = list_sources(plan, &StagePattern::exact(stage.clone()));
        let fields = plan.planned_fields().iter().map(|field| {
            let chain = sources.iter().filter(|need| need.field == field.path());
            (field.path().to_owned(), chain.cloned().collect())
        });
        Self {
            stage: stage.name(),
            fields: fields.collect(),
            batches: sends_batches(plan),
            snapshot: find_snapshot(plan),
        }
    }
}

fn merge_fields(stages: &[&StageNeeds<'_>]) -> Option<Vec<SourceNeed>> {
    let count = stages.first()?.fields.len();
    let merged: Option<Vec<Vec<SourceNeed>>> = (0..count)
        .map(|index| merge_chains(stages, index))
        .collect();
    Some(merged?.into_iter().flatten().collect())
}

/// Returns the common chain of one field.
fn merge_chains(stages: &[&StageNeeds<'_>], field: usize) -> Option<Vec<SourceNeed>> {
    let chains: Vec<(&str, &Vec<SourceNeed>)> = stages
        .iter()
        .map(|stage| Some((stage.stage, &stage.fields.get(field)?.1)))
        .collect::<Option<_>>()?;
    let length = chains.first()?.1.len();
    if chains.iter().any(|(_, chain)| chain.len() != length) {
        return None;
    }
    (0..length)
        .map(|index| {
            let sources: Vec<(&str, &SourceNeed)> = chains
                .iter()
                .map(|(stage, chain)| Some((*stage, chain.get(index)?)))
                .collect::<Option<_>>()?;
            merge_sources(&sources)
        })
        .collect()
}

/// Returns the snapshot that all stages have in common, or `Some(None)` if no stage has a snapshot.
/// Returns `None` if the snapshots differ in more than the stage's name.
fn merge_snapshots(stages: &[&StageNeeds<'_>]) -> Option<Option<SnapshotNeed>> {
    let snapshots: Vec<(&str, &SnapshotNeed)> = stages
        .iter()
        .filter_map(|stage| Some((stage.stage, stage.snapshot.as_ref()?)))
        .collect();
    if snapshots.is_empty() {
        return Some(None);
    }
    let pairs: Vec<(&str, StageKeyPair)> = snapshots
        .iter()
        .filter_map(|(stage, snapshot)| Some((*stage, snapshot.pair.clone()?)))
        .collect();
    let is_same =
        snapshots.len() == stages.len() && (pairs.is_empty() || pairs.len() == snapshots.len());
    let paths: Vec<(&str, &str)> = snapshots
        .iter()
        .map(|(stage, snapshot)| (*stage, snapshot.path.as_str()))
        .collect();
    let path = merge_setting(&paths).filter(|_| is_same)?;
    let pair = match pairs.as_slice() {
        [] => None,
        pairs => Some(merge_pairs(pairs)?),
    };
    Some(Some(SnapshotNeed { path, pair }))
}

/// Returns a line for each field whose sources, KMS keys or key pairs differ in more than the
/// stage's name, and a line if the snapshots differ.
fn describe_differences(reference: &StageNeeds<'_>, stage: &StageNeeds<'_>) -> Vec<String> {
    let both = [reference, stage];
    let display = |chain: &[SourceNeed]| {
        let sources: Vec<String> = chain
            .iter()
            .map(|need| redact::display_source(&need.source))
            .collect();
        match sources.as_slice() {
            [] => "no source".to_owned(),
            sources => sources.join(", else "),
        }
    };
    let fields = stage.fields.iter().zip(&reference.fields).enumerate();
    let mut lines: Vec<String> = fields
        .filter(|(index, _)| merge_chains(&both, *index).is_none())
        .map(|(_, ((field, chain), (_, other)))| {
            let (chain, other) = (display(chain), display(other));
            if chain == other {
                format!(
                    "`{field}` has another KMS key or key pair than in `{}`",
                    reference.stage
                )
            } else {
                format!(
                    "`{field}` reads {chain}; in `{}` it reads {other}",
                    reference.stage
                )
            }
        })
        .collect();
    if merge_snapshots(&both).is_none() {
        lines.push(format!(
            "its snapshot differs from that of `{}`",
            reference.stage
        ));
    }
    lines
}
