//! The rollback of a parameter: the text of an older version is written again.

use stage_config_core::Help;
use stage_config_core::manage::{AwsContext, NewParameter, ParameterInfo};

use super::ParameterTarget;
use super::write_text::STANDARD_LIMIT;
use crate::destination::protected_write::protect_write;
use crate::destination::{Destination, RollbackVersions, WriteResult};
use crate::error::CliError;
use crate::invocation;

impl ParameterTarget {
    /// Writes the text of the older version again, with the type, the KMS key and the data type of
    /// the current version. The tier is advanced if the current version is in the advanced tier, or
    /// if the text is too long for the standard tier.
    pub(in crate::destination) async fn roll_back(
        &self,
        aws: &AwsContext,
        destination: &Destination<'_>,
        versions: &RollbackVersions,
    ) -> Result<WriteResult, CliError> {
        let stored = self.fetch_unchanged(aws, versions).await?;
        self.check_type(&stored, destination)?;
        let text = self.fetch_old_text(aws, versions).await?;
        let new = NewParameter {
            name: &self.name,
            region: self.region.as_deref(),
            text: &text,
            kind: stored.kind,
            kms_key: versions.current.kms_key.as_deref(),
            data_type: stored.data_type.as_deref(),
            overwrite: true,
            advanced: versions.current.advanced || text.len() > STANDARD_LIMIT,
        };
        let written = protect_write(aws.put_parameter(&new)).await?;
        match written.version - stored.version {
            1 => Ok(WriteResult {
                version: Some(written.version.to_string()),
                notes: Vec::new(),
            }),
            ..=0 => Err(self.recreated_error(written.version)),
            2.. => Err(self.overtaken_error(&stored, written.version)),
        }
    }

    /// Returns the current parameter, if its version is still the one that the user has seen.
    async fn fetch_unchanged(
        &self,
        aws: &AwsContext,
        versions: &RollbackVersions,
    ) -> Result<ParameterInfo, CliError> {
        let stored = self.fetch(aws, false).await?;
        stored
            .filter(|stored| stored.version.to_string() == versions.current.version)
            .ok_or_else(|| {
                CliError::failed(format!(
                    "{} was changed by another writer in the meantime: nothing was written",
                    self.name
                ))
                .with_help("run the command again")
            })
    }

    async fn fetch_old_text(
        &self,
        aws: &AwsContext,
        versions: &RollbackVersions,
    ) -> Result<zeroize::Zeroizing<String>, CliError> {
        let version = &versions.target.version;
        let old = match version.parse() {
            Ok(number) => {
                aws.fetch_parameter_version(&self.name, self.region.as_deref(), number)
                    .await?
            }
            Err(_) => None,
        };
        old.and_then(|old| old.text).ok_or_else(|| {
            CliError::failed(format!(
                "version {version} of {} cannot be read any more: nothing was written",
                self.name
            ))
            .with_help("name another version: --to VERSION")
        })
    }

    /// Returns the error for a write that replaced a version which this command has not seen.
    fn overtaken_error(&self, stored: &ParameterInfo, written: i64) -> CliError {
        let (first, last) = (stored.version + 1, written - 1);
        let theirs = if first == last {
            format!("version {first}")
        } else {
            format!("the versions {first} to {last}")
        };
        let restore = invocation::field_command("rollback", "FIELD", "STAGE");
        CliError::failed(format!(
            "{} is now version {written}, and other writers wrote {theirs} at the same time: \
             the rollback replaced their text",
            self.name
        ))
        .with_help(Help::run_to(
            "if their text must stay",
            format!("{restore} --to {last}"),
        ))
    }
}
