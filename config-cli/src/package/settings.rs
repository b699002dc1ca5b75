//! The settings of stages in `Cargo.toml`.

use std::path::Path;

use stage_config_grammar::cargo_toml::{CargoSettings, CargoToml, StageKey};

use crate::args::IdentityArguments;
use crate::error::CliError;

/// The settings of one stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StageSettings {
    /// The account of the stage.
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    /// A profile of `~/.aws/config`.
    pub(crate) profile: Option<String>,
    /// A role to assume.
    pub(crate) role_arn: Option<String>,
    /// The KMS key of the stage's secrets: an id, an alias or an ARN.
    pub(crate) kms_key: Option<String>,
}

impl StageSettings {
    /// Finds the settings of a stage.
    pub(crate) fn find(settings: &CargoSettings, stage: &str) -> Self {
        let text = |key| {
            let (_, text) = settings.find_text(stage, key)?;
            Some(text.to_owned())
        };
        Self {
            account: text(StageKey::Account),
            region: text(StageKey::Region),
            profile: text(StageKey::Profile),
            role_arn: text(StageKey::RoleArn),
            kms_key: text(StageKey::KmsKey),
        }
    }

    /// Returns the settings that the options of a command give.
    pub(crate) fn from_options(options: &IdentityArguments) -> Self {
        let IdentityArguments {
            region,
            profile,
            role_arn,
            account,
        } = options;
        Self {
            region: region.clone(),
            profile: profile.clone(),
            role_arn: role_arn.clone(),
            account: account.clone(),
            kms_key: None,
        }
    }

    /// Returns these settings, with missing ones filled from `other`.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            account: self.account.or_else(|| other.account.clone()),
            region: self.region.or_else(|| other.region.clone()),
            profile: self.profile.or_else(|| other.profile.clone()),
            role_arn: self.role_arn.or_else(|| other.role_arn.clone()),
            kms_key: self.kms_key.or_else(|| other.kms_key.clone()),
        }
    }
}

/// Reads the `Cargo.toml` in a folder.
pub(super) fn read_cargo_toml(folder: &Path) -> Result<CargoToml, CliError> {
    CargoToml::read(folder).map_err(|message| CliError::undetermined(message).with_help(HELP))
}

/// Reads the settings of a package and of its workspace.
pub(super) fn read_settings(package: &CargoToml) -> Result<CargoSettings, CliError> {
    CargoSettings::read(package).map_err(|mistakes| CliError::failed(mistakes).with_help(HELP))
}

const HELP: &str =
    "correct the file: its tables determine the stages of a package and their credentials";
