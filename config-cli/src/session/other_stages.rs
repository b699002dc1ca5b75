//! The declared stages that may read the same parameter, secret or file as a stage.

use stage_config_core::{Plan, Stage};
use stage_config_grammar::arn::Arn;
use stage_config_grammar::source::Address;

use super::Session;
use crate::args::IdentityArguments;
use crate::package::StageSettings;

/// A declared stage other than the stage of the command.
pub(crate) struct OtherStage {
    pub(crate) plan: Plan,
    /// The settings in Cargo.toml. If they name no account, the struct's `account(…)` applies.
    pub(crate) settings: StageSettings,
}

impl Session {
    /// Plans the declared stages except those that are excluded. A stage without a valid plan
    /// reads nothing, and is left out.
    pub(crate) fn plan_other_stages(&self, is_excluded: impl Fn(&str) -> bool) -> Vec<OtherStage> {
        let others = self.schema.stages.iter().filter(|name| !is_excluded(name));
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
    /// stage with these settings. An ARN, a value that is read with a role in a region that the
    /// address names, and the path of a file do not depend on the settings.
    pub(crate) fn may_share(&self, address: &Address, settings: &StageSettings) -> bool {
        let has_account = address.arn().is_some() || address.role().is_some();
        let is_absolute =
            has_account && address.region().is_some() || matches!(address, Address::Sealed { .. });
        is_absolute || !are_known_to_differ(&self.settings, settings, address.region().is_some())
    }
}

/// Returns whether two stages are known to have different accounts, regions or roles. The regions
/// do not matter for an address that names its own region. The roles do not matter if both accounts
/// are known; otherwise a stage without a role also differs from a stage with one.
fn are_known_to_differ(one: &StageSettings, other: &StageSettings, has_own_region: bool) -> bool {
    let differ = |one: Option<&str>, other: Option<&str>| Some(one? != other?);
    let accounts_differ = differ(find_account(one), find_account(other));
    let regions_differ = differ(one.region.as_deref(), other.region.as_deref()) == Some(true);
    accounts_differ.unwrap_or(one.role_arn != other.role_arn) || !has_own_region && regions_differ
}

/// Returns the account of a stage: the account in its settings, else the account in the ARN of its
/// role.
fn find_account(settings: &StageSettings) -> Option<&str> {
    let find_role_account = || Arn::parse(settings.role_arn.as_deref()?)?.account;
    settings.account.as_deref().or_else(find_role_account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(account: Option<&str>, region: Option<&str>, role: Option<&str>) -> StageSettings {
        StageSettings {
            account: account.map(str::to_owned),
            region: region.map(str::to_owned),
            role_arn: role.map(|role| format!("arn:aws:iam::{role}")),
            ..StageSettings::default()
        }
    }

    #[test]
    fn stages_are_known_to_differ_only_by_their_accounts_regions_or_roles() {
        let (one, other) = (Some("111122223333"), Some("444455556666"));
        let (deploy, preview) = (
            Some("111122223333:role/deploy"),
            Some("111122223333:role/preview"),
        );
        let (eu, us) = (Some("eu-central-1"), Some("us-east-1"));
        for (a, b, expected) in [
            (
                settings(None, None, None),
                settings(None, None, None),
                false,
            ),
            (settings(one, None, None), settings(None, eu, None), false),
            (settings(one, None, None), settings(other, None, None), true),
            (settings(None, eu, None), settings(None, us, None), true),
            // The account of one stage is not known, so the roles are compared.
            (
                settings(None, None, deploy),
                settings(None, None, None),
                true,
            ),
            (
                settings(other, None, None),
                settings(None, None, deploy),
                true,
            ),
            // Two roles of one account read the same parameters.
            (
                settings(None, eu, deploy),
                settings(None, eu, preview),
                false,
            ),
            (settings(one, eu, deploy), settings(one, eu, None), false),
            (settings(one, eu, deploy), settings(one, us, preview), true),
        ] {
            assert_eq!(are_known_to_differ(&a, &b, false), expected, "{a:?} {b:?}");
            assert_eq!(are_known_to_differ(&b, &a, false), expected, "{b:?} {a:?}");
        }
        let (a, b) = (settings(one, eu, None), settings(one, us, None));
        assert!(
            !are_known_to_differ(&a, &b, true),
            "the address has its own region"
        );
    }
}
