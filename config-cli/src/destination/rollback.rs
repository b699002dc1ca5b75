//! The rollback of a destination to an older version of its parameter or secret.

use std::collections::BTreeMap;

use stage_config_core::manage::{
    AwsContext, FieldState, ReadField, ReadMode, ReadOptions, ReadStage, VariableSource,
    VersionInfo,
};
use stage_config_core::{Help, Plan, PlannedField, Stage};
use stage_config_grammar::source::Source;

use super::{Destination, RollbackVersions, WriteResult, WriteTarget};
use crate::cause::is_unread;
use crate::error::CliError;
use crate::invocation;
use crate::session::{READ_TIMEOUT, Session, StageSession};

/// The label of a secret's current version.
const CURRENT: &str = "AWSCURRENT";
/// The label of the secret's version that was current before the current version.
const PREVIOUS: &str = "AWSPREVIOUS";

impl<'a> Destination<'a> {
    /// Finds the destination of the field for a rollback, which changes the whole parameter or
    /// secret, even if the field reads only one key of it.
    ///
    /// # Errors
    ///
    /// Returns an error if the source keeps no versions, or if it cannot be written.
    pub(crate) fn for_rollback(
        session: &'a Session,
        stage: &'a StageSession,
        field: &'a PlannedField,
    ) -> Result<Self, CliError> {
        let whole = find_whole_source(field);
        let destination =
            Self::find_with_readers("rollback", session, stage, field, whole.as_ref())?;
        match &destination.target {
            WriteTarget::Sealed(target) => Err(git_error(&target.file_path())),
            _ => Ok(destination),
        }
    }

    /// Returns the address of the parameter or secret, without the key that the field reads.
    pub(crate) fn whole_source_text(&self) -> String {
        find_whole_source(self.field)
            .map(|source| source.to_string())
            .unwrap_or_default()
    }

    /// Returns whether the field reads one key of a JSON text, while the rollback changes all keys.
    pub(crate) fn has_key(&self) -> bool {
        self.field
            .chain()
            .first()
            .is_some_and(|source| source.key.is_some())
    }

    /// Finds the current version and the target version. `to` is the id or a label of the target
    /// version. Without `to`, the target is the version before the current one.
    pub(crate) async fn find_rollback(
        &self,
        aws: &AwsContext,
        to: Option<&str>,
    ) -> Result<RollbackVersions, CliError> {
        self.check_account(Some(aws)).await?;
        let history = match &self.target {
            WriteTarget::Parameter(target) => {
                aws.fetch_parameter_history(&target.name, target.region.as_deref())
                    .await?
            }
            WriteTarget::Secret(target) => {
                aws.fetch_secret_history(&target.id, target.region.as_deref())
                    .await?
            }
            WriteTarget::Sealed(target) => return Err(git_error(&target.file_path())),
        };
        let place = self.whole_source_text();
        let history = match history {
            Some(versions) if !versions.is_empty() => versions,
            // Secrets Manager keeps a secret that never had a value.
            Some(_) => return Err(self.no_version_error(&format!("{place} has no version"))),
            None => return Err(self.no_version_error(&format!("{place} does not exist"))),
        };
        let is_secret = matches!(self.target, WriteTarget::Secret(_));
        choose_versions(&place, history, to, is_secret)
            .map_err(|error| error.for_field(self.field.path(), self.stage.name()))
    }

    fn no_version_error(&self, problem: &str) -> CliError {
        let set = self.stage.field_command("set", self.field.path());
        CliError::failed(format!("{problem}: nothing was written"))
            .with_help(Help::run_to("write the first version", set))
    }

    /// Checks that every field that reads the destination decodes the older version. Does not check
    /// the parts that only the program can verify.
    pub(crate) async fn check_version(
        &self,
        session: &Session,
        aws: &AwsContext,
        versions: &RollbackVersions,
    ) -> Result<(), CliError> {
        let mut refusals = Vec::new();
        let mut stages = vec![self.stage.plan.stage().clone()];
        for reader in &self.readers {
            if !stages.iter().any(|stage| stage.name() == reader.stage) {
                stages.extend(Stage::choose(session.schema, &reader.stage));
            }
        }
        for stage in stages {
            let name = stage.name().to_owned();
            // A stage without a valid plan reads nothing.
            let Ok(plan) = Plan::new(session.schema, stage, |_| false) else {
                continue;
            };
            for field in self.read_version(&plan, aws, versions).await?.fields {
                refusals.extend(self.explain_refusal(&name, &field)?);
            }
        }
        if refusals.is_empty() {
            return Ok(());
        }
        let message = format!(
            "version {} of {} cannot be used: {}. Nothing was written",
            versions.target.version,
            self.whole_source_text(),
            refusals.join("; ")
        );
        let history = self.stage.field_command("history", self.field.path());
        Err(CliError::failed(message).with_help(Help::run_to(
            "list the versions, then repeat the rollback with another `--to VERSION`",
            history,
        )))
    }

    /// Reads the older version with the plan, as a load does.
    async fn read_version(
        &self,
        plan: &Plan,
        aws: &AwsContext,
        versions: &RollbackVersions,
    ) -> Result<ReadStage, CliError> {
        let Some(source) = self.field.chain().first() else {
            return Err(CliError::failed("the field has no source"));
        };
        let plan = plan.pin_version(&source.address, &versions.target.version);
        let options = ReadOptions {
            mode: ReadMode::Values,
            aws: Some(aws.clone()),
            variables: VariableSource::Deployment(BTreeMap::new()),
            timeout: READ_TIMEOUT,
        };
        Ok(ReadStage::read_stage(&plan, &options).await?)
    }

    /// Returns the reason why a field could not use the version, or `None` if no reason is known.
    /// Returns an error if the version could not be read.
    fn explain_refusal(&self, stage: &str, field: &ReadField) -> Result<Option<String>, CliError> {
        let path = field.planned.path();
        let is_own = stage == self.stage.name() && path == self.field.path();
        let name = if stage == self.stage.name() {
            format!("`{path}`")
        } else {
            format!("`{path}` of the stage `{stage}`")
        };
        let failure = match (&field.state, field.verify()) {
            (FieldState::Failed(failure), _) => failure.clone(),
            (_, Some(Err(failure))) => failure,
            (FieldState::Default(_) | FieldState::Unset | FieldState::Undecided, _) if is_own => {
                return Ok(Some(format!("this version has no value for {name}")));
            }
            _ => return Ok(None),
        };
        if is_unread(failure.kind()) {
            let message = format!("the older version could not be read: {}", failure.message());
            return Err(CliError::undetermined(message).with_help(failure.help().clone()));
        }
        let detail = match failure.detail() {
            "" => failure.kind().to_string(),
            detail => detail.to_owned(),
        };
        let type_name = field.planned.spec().type_name;
        Ok(Some(format!("{name} ({type_name}): {detail}")))
    }

    /// Makes the older version current again.
    pub(crate) async fn roll_back(
        &self,
        aws: &AwsContext,
        versions: &RollbackVersions,
    ) -> Result<WriteResult, CliError> {
        self.check_account(Some(aws)).await?;
        let written = match &self.target {
            WriteTarget::Parameter(target) => target.roll_back(aws, self, versions).await,
            WriteTarget::Secret(target) => target.roll_back(aws, versions).await,
            WriteTarget::Sealed(target) => Err(git_error(&target.file_path())),
        };
        written.map_err(|error| error.for_field(self.field.path(), self.stage.name()))
    }
}

/// Returns the first source of the field without the key that the field reads.
fn find_whole_source(field: &PlannedField) -> Option<Source> {
    let source = field.chain().first()?;
    Some(Source {
        key: None,
        ..source.clone()
    })
}

fn git_error(file: &str) -> CliError {
    CliError::failed(format!("{file} keeps no versions: they are in git")).with_help(format!(
        "find the commit with `git log -- {file}`, write the file again with `git restore \
         --source COMMIT -- {file}`, and build again"
    ))
}

fn choose_versions(
    place: &str,
    history: Vec<VersionInfo>,
    to: Option<&str>,
    is_secret: bool,
) -> Result<RollbackVersions, CliError> {
    let has_label = |version: &VersionInfo, label: &str| version.labels.iter().any(|l| l == label);
    let current = if is_secret {
        history.iter().find(|version| has_label(version, CURRENT))
    } else {
        history.first()
    };
    let list = invocation::field_command("history", "FIELD", "STAGE");
    let Some(current) = current else {
        return Err(CliError::failed(format!("{place} has no current version"))
            .with_help(Help::run_to("list its versions", list)));
    };
    let target = match to {
        Some(to) => history
            .iter()
            .find(|version| version.version == to || has_label(version, to)),
        None if is_secret => history.iter().find(|version| has_label(version, PREVIOUS)),
        None => history.get(1),
    };
    // The messages do not repeat `to`, because it may be a value in the wrong place.
    let problem = match (target, to) {
        (Some(target), _) if target.version == current.version => {
            format!("{place} is at version {} already", current.version)
        }
        (Some(target), _) => {
            return Ok(RollbackVersions {
                current: current.clone(),
                target: target.clone(),
            });
        }
        (None, Some(_)) => format!("{place} has no such version"),
        (None, None) => format!("{place} has no version before the current one"),
    };
    Err(
        CliError::failed(format!("{problem}: nothing was written")).with_help(Help::run_to(
            "list the versions, then repeat the rollback with `--to VERSION`",
            list,
        )),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(version: &str, labels: &[&str]) -> VersionInfo {
        VersionInfo {
            version: version.to_owned(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            ..VersionInfo::default()
        }
    }

    fn choose(
        history: &[VersionInfo],
        to: Option<&str>,
        is_secret: bool,
    ) -> Result<String, String> {
        choose_versions("/a", history.to_vec(), to, is_secret)
            .map(|versions| {
                format!(
                    "{} -> {}",
                    versions.current.version, versions.target.version
                )
            })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_parameter_goes_back_to_the_previous_version_or_to_the_one_that_is_named() {
        let history = [
            version("7", &[]),
            version("5", &["good"]),
            version("4", &[]),
        ];
        assert_eq!(choose(&history, None, false).unwrap(), "7 -> 5");
        assert_eq!(choose(&history, Some("4"), false).unwrap(), "7 -> 4");
        assert_eq!(choose(&history, Some("good"), false).unwrap(), "7 -> 5");
        let refused = choose(&history, Some("7"), false).unwrap_err();
        assert!(refused.contains("is at version 7 already"), "{refused}");
        let unknown = choose(&history, Some("hunter2"), false).unwrap_err();
        assert!(
            unknown.contains("no such version") && !unknown.contains("hunter2"),
            "{unknown}"
        );
        let only = choose(&history[..1], None, false).unwrap_err();
        assert!(only.contains("no version before the current one"), "{only}");
    }

    #[test]
    fn a_secret_goes_back_to_the_previous_version_or_to_the_one_that_is_named() {
        let history = [
            version("c", &["AWSCURRENT"]),
            version("b", &["AWSPENDING"]),
            version("a", &["AWSPREVIOUS"]),
            version("old", &[]),
        ];
        assert_eq!(choose(&history, None, true).unwrap(), "c -> a");
        assert_eq!(choose(&history, Some("old"), true).unwrap(), "c -> old");
        assert_eq!(
            choose(&history, Some("AWSPREVIOUS"), true).unwrap(),
            "c -> a"
        );
        let current = choose(&history, Some("AWSCURRENT"), true).unwrap_err();
        assert!(current.contains("is at version c already"), "{current}");
        let only = choose(&history[..2], None, true).unwrap_err();
        assert!(only.contains("no version before the current one"), "{only}");
    }
}
