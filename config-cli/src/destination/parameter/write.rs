//! One write of a parameter. A change of one JSON key keeps the changes of other writers; see
//! [`versions`](super::versions) for the rule.

use std::time::{Duration, Instant};

use stage_config_core::Help;
use stage_config_core::manage::{ADD_OVERWRITE, AwsContext, JsonDocument, ParameterInfo};
use stage_config_core::schema::Kind;

use super::versions::{KeyAction, KeyChange, NextStep, OwnChange, SETTLED_SECONDS, Versions};
use super::{ParameterTarget, not_an_object_error};
use crate::destination::{Destination, WriteOptions, WriteResult};
use crate::error::CliError;
use crate::interrupt;

/// The maximum number of rounds after the first write. Each round writes at most one text. Several
/// active writers do not block each other: if all of them have read the same version, the first one
/// to write makes a clean write.
const MAX_ROUNDS: usize = 10;

/// The wait for concurrent writers before their changes are merged.
const BURST_PAUSE: Duration = Duration::from_millis(500);

/// The maximum time until all changes are merged. It must be far shorter than [`SETTLED_SECONDS`].
const MERGE_TIMEOUT: Duration = Duration::from_secs(60);

/// The maximum number of versions from the oldest one that is read to the one that this command
/// wrote.
const MAX_VERSIONS_BACK: i64 = 50;

pub(super) struct ParameterWrite<'a> {
    pub(super) target: &'a ParameterTarget,
    pub(super) aws: &'a AwsContext,
    pub(super) destination: &'a Destination<'a>,
    pub(super) options: &'a WriteOptions,
}

/// An unclean write of a key: other writers wrote versions between the read and this write. See
/// [`versions`](super::versions).
struct UncleanWrite<'a> {
    change: &'a KeyChange<'a>,
    /// The version that was read before the write.
    read: &'a ParameterInfo,
    versions: Versions,
    /// The last version that this command wrote.
    last_own: i64,
}

impl ParameterWrite<'_> {
    /// Writes the JSON with the value at the key.
    pub(super) async fn set_key(
        &self,
        stored: Option<&ParameterInfo>,
        key: &str,
        value: &str,
    ) -> Result<WriteResult, CliError> {
        let kind = self.destination.field.spec().shape.kind;
        let action = KeyAction::Set {
            value,
            kind,
            overwrite: self.options.overwrite,
        };
        let change = KeyChange { key, action };
        let empty = JsonDocument::empty;
        let document = self
            .apply_change(&stored.map_or_else(empty, to_document), &change)?
            .unwrap_or_else(empty);
        self.write_key(stored, &document, &change).await
    }

    /// Writes the JSON without the key and returns the version, or `None` if the key does not
    /// exist.
    pub(super) async fn remove_key(
        &self,
        stored: &ParameterInfo,
        key: &str,
    ) -> Result<Option<String>, CliError> {
        let change = KeyChange {
            key,
            action: KeyAction::Remove,
        };
        let Some(remaining) = self.apply_change(&to_document(stored), &change)? else {
            return Ok(None);
        };
        self.write_key(Some(stored), &remaining, &change)
            .await
            .map(|written| written.version)
    }

    fn apply_change(
        &self,
        document: &JsonDocument,
        change: &KeyChange<'_>,
    ) -> Result<Option<JsonDocument>, CliError> {
        change
            .apply(document)
            .map_err(|reason| not_an_object_error(&self.target.name, &reason))
    }

    async fn write_key(
        &self,
        stored: Option<&ParameterInfo>,
        document: &JsonDocument,
        change: &KeyChange<'_>,
    ) -> Result<WriteResult, CliError> {
        let (written, version) = self
            .write_text(stored, document.text(), Kind::Object)
            .await?;
        match stored {
            Some(read) if version <= read.version => Err(self.target.recreated_error(version)),
            Some(read) if version != read.version + 1 => {
                let versions = Versions::new(version);
                let unclean = UncleanWrite {
                    change,
                    read,
                    versions,
                    last_own: version,
                };
                interrupt::finish_write(self.merge_others(unclean, written)).await
            }
            // There is nothing to merge: no other version came between the read and this write, or
            // this write created the parameter.
            _ => Ok(written),
        }
    }

    /// Merges the changes that other writers made between the read and the write, until a version
    /// has all of them.
    async fn merge_others(
        &self,
        mut unclean: UncleanWrite<'_>,
        written: WriteResult,
    ) -> Result<WriteResult, CliError> {
        let start = Instant::now();

        // Other writers are active now. A writer that merges before the last of them has written
        // must merge again.
        tokio::time::sleep(BURST_PAUSE).await;
        self.read_settled(&mut unclean).await?;
        for _ in 0..MAX_ROUNDS {
            let last = self.read_versions(&mut unclean).await?;
            if start.elapsed() > MERGE_TIMEOUT {
                break;
            }
            match unclean.versions.next_step(unclean.change) {
                NextStep::Done(own) => {
                    return self.describe_merged(&unclean, own, last.version, written);
                }
                NextStep::Write { text, write, end } => {
                    let put = self
                        .write_text(Some(&last), text.text(), Kind::Object)
                        .await;
                    let version = put
                        .map_err(|error| self.add_uncertainty(&unclean, &error))?
                        .1;
                    unclean.versions.add_own(version, write);
                    unclean.last_own = version;
                    if let Some(end) = end.filter(|_| version == last.version + 1) {
                        return self.describe_merged(&unclean, end, version, written);
                    }
                }
                NextStep::Uncertain => break,
            }
        }
        Err(self.uncertain_error(&unclean))
    }

    /// Reads older versions, back to a settled one. No active writer has read a version that is
    /// older than the settled one.
    async fn read_settled(&self, unclean: &mut UncleanWrite<'_>) -> Result<(), CliError> {
        let own_version = self.read_version(unclean, unclean.last_own).await?;
        let (mut version, mut written_at) = (unclean.read.version, unclean.read.written_at);
        unclean.versions.insert(version, to_document(unclean.read));
        let is_settled = |time: Option<i64>| {
            own_version
                .written_at
                .zip(time)
                .is_some_and(|(own, time)| own - time > SETTLED_SECONDS)
        };
        while version > 1 && !is_settled(written_at) {
            if unclean.last_own - version >= MAX_VERSIONS_BACK {
                return Err(self.uncertain_error(unclean));
            }
            version -= 1;
            written_at = self.read_version(unclean, version).await?.written_at;
        }
        Ok(())
    }

    /// Reads all versions after the one that was read before the write, and returns the last one.
    async fn read_versions(
        &self,
        unclean: &mut UncleanWrite<'_>,
    ) -> Result<ParameterInfo, CliError> {
        let found = self.target.fetch(self.aws, true).await;
        let last = found.map_err(|error| self.add_uncertainty(unclean, &error))?;
        let last = last
            .filter(|last| last.version >= unclean.last_own)
            .ok_or_else(|| self.uncertain_error(unclean))?;
        for version in unclean.read.version..last.version {
            if !unclean.versions.contains(version) {
                self.read_version(unclean, version).await?;
            }
        }
        unclean.versions.insert(last.version, to_document(&last));
        Ok(last)
    }

    async fn read_version(
        &self,
        unclean: &mut UncleanWrite<'_>,
        version: i64,
    ) -> Result<ParameterInfo, CliError> {
        let ParameterTarget { name, region, .. } = self.target;
        let found = self
            .aws
            .fetch_parameter_version(name, region.as_deref(), version)
            .await;
        let found = found.map_err(|error| self.add_uncertainty(unclean, &error.into()))?;
        let found = found.ok_or_else(|| self.uncertain_error(unclean))?;
        unclean.versions.insert(version, to_document(&found));
        Ok(found)
    }

    fn describe_merged(
        &self,
        unclean: &UncleanWrite<'_>,
        own: OwnChange,
        version: i64,
        mut written: WriteResult,
    ) -> Result<WriteResult, CliError> {
        let (name, key) = (&self.target.name, unclean.change.key);
        if own == OwnChange::Withdrawn {
            let message = format!(
                "other writers set `{key}` in {name} at the same time, and their value stays"
            );
            return Err(CliError::failed(message).with_help(ADD_OVERWRITE));
        }
        let own_change = match own {
            OwnChange::Replaced => {
                format!("and a later change of `{key}`, which replaced this one")
            }
            _ => "and this change".to_owned(),
        };
        written.notes.push(format!(
            "other writers changed {name} at the same time: version {version} has the changes of \
             {} {own_change}",
            unclean.versions.name_others(unclean.read.version)
        ));
        written.version = Some(version.to_string());
        Ok(written)
    }

    fn uncertain_error(&self, unclean: &UncleanWrite<'_>) -> CliError {
        let (name, key) = (&self.target.name, unclean.change.key);
        CliError::failed(format!(
            "other writers changed {name} at the same time. Version {} has this change of `{key}`, \
             but possibly not the changes of {}; a later version possibly lacks this change",
            unclean.last_own,
            unclean.versions.name_others(unclean.read.version)
        ))
        .with_help(Help::run_to(
            "list the versions, compare them, and set the lost values again",
            self.target.history_command(),
        ))
    }

    /// Returns [`uncertain_error`](Self::uncertain_error) with the error of the call that failed.
    fn add_uncertainty(&self, unclean: &UncleanWrite<'_>, error: &CliError) -> CliError {
        let uncertain = self.uncertain_error(unclean);
        let reason = format!("the command could not merge the changes: {}", error.line());
        let help = match uncertain.help() {
            Help::Run { purpose, command } => Help::run_to(format!("{reason}; {purpose}"), command),
            help => help,
        };
        uncertain.with_help(help)
    }
}

fn to_document(parameter: &ParameterInfo) -> JsonDocument {
    parameter
        .text
        .clone()
        .map_or_else(JsonDocument::empty, JsonDocument::new)
}
