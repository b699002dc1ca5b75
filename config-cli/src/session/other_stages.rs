//! The declared stages that may read the same parameter, secret or file as a stage.

use stage_config_core::{Plan, Stage};
use stage_config_grammar::source::Address;

use super::Session;
use crate::args::IdentityArguments;
use crate::package::StageSettings;

/// A declared stage besides the stage of the command.
pub(crate) struct OtherStage {
    pub(crate) plan: Plan,
    /// The settings in Cargo.toml, with the struct's `account(…)`.
    settings: StageSettings,
}

impl Session {
    /// Plans the declared stages besides the stage `name`. A stage without a valid plan reads
    /// nothing, and is left out.
    pub(crate) fn plan_other_stages(&self, name: &str) -> Vec<OtherStage> {
        let others = self.schema.stages.iter().filter(|other| **other != name);
        let plan_stage = |other: &&str| {
            let stage = Stage::choose(self.schema, other).ok()?;
            let plan = Plan::new(self.schema, stage, |_| false).ok()?;
            let mut settings = self.stage_settings(other, &IdentityArguments::default());
            let declared = self.find_declared_account(other).map(str::to_owned);
            settings.account = settings.account.or(declared);
            Some(OtherStage { plan, settings })
        };
        others.filter_map(plan_stage).collect()
    }
}

impl OtherStage {
    /// Returns whether an address may be the same parameter, secret or file for this stage as for a
    /// stage with these settings. An ARN and the path of a file do not depend on the settings.
    pub(crate) fn may_share(&self, address: &Address, settings: &StageSettings) -> bool {
        let is_absolute = address.arn().is_some() || matches!(address, Address::Sealed { .. });
        is_absolute || !are_known_to_differ(&self.settings, settings, address.region().is_some())
    }
}

/// Returns whether two stages are known to have different accounts, regions or roles. The regions
/// do not matter for an address with its own. A stage without a role differs from a stage with one.
fn are_known_to_differ(one: &StageSettings, other: &StageSettings, has_own_region: bool) -> bool {
    let differ = |one: &Option<String>, other: &Option<String>| {
        one.is_some() && other.is_some() && one != other
    };
    differ(&one.account, &other.account)
        || !has_own_region && differ(&one.region, &other.region)
        || one.role_arn != other.role_arn
}
