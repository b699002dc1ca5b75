//! The declared stages that may read the same parameter, secret or file as the stage of the
//! command.

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
    /// Returns whether this stage and a stage with these settings may read the same parameter,
    /// secret or file at an address.
    pub(crate) fn may_share(&self, address: &Address, settings: &StageSettings) -> bool {
        may_be_same(address, &self.settings, settings)
    }
}

/// Returns whether two stages may read the same parameter, secret or file at an address. If the
/// address has an ARN or a role, the accounts in the settings are not compared. If it has a region,
/// the regions in the settings are not compared. For a sealed file, neither is compared.
fn may_be_same(address: &Address, one: &StageSettings, other: &StageSettings) -> bool {
    let is_file = matches!(address, Address::Sealed { .. });
    let has_account = is_file || address.arn().is_some() || address.role().is_some();
    let has_region = is_file || address.region().is_some();
    let accounts_differ = !has_account && are_in_other_accounts(one, other);
    let regions_differ = !has_region && are_in_other_regions(one, other);
    !accounts_differ && !regions_differ
}

/// Returns whether two stages count as stages of different accounts. If the account of one stage is
/// not known, the roles are compared; a stage without a role also differs from a stage with a role.
fn are_in_other_accounts(one: &StageSettings, other: &StageSettings) -> bool {
    match (find_account(one), find_account(other)) {
        (Some(one), Some(other)) => one != other,
        _ => one.role_arn != other.role_arn,
    }
}

/// Returns whether two stages are known to have different regions.
fn are_in_other_regions(one: &StageSettings, other: &StageSettings) -> bool {
    let regions = one.region.as_ref().zip(other.region.as_ref());
    regions.is_some_and(|(one, other)| one != other)
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
    use stage_config_grammar::source::Source;

    fn settings(account: Option<&str>, region: Option<&str>, role: Option<&str>) -> StageSettings {
        StageSettings {
            account: account.map(str::to_owned),
            region: region.map(str::to_owned),
            role_arn: role.map(|role| format!("arn:aws:iam::{role}")),
            ..StageSettings::default()
        }
    }

    #[test]
    fn stages_may_share_a_value_unless_their_accounts_or_regions_differ() {
        let (one, other) = (Some("111122223333"), Some("444455556666"));
        let (deploy, preview) = (
            Some("111122223333:role/deploy"),
            Some("111122223333:role/preview"),
        );
        let (eu, us) = (Some("eu-central-1"), Some("us-east-1"));
        for (a, b, expected) in [
            (settings(None, None, None), settings(None, None, None), true),
            (settings(one, None, None), settings(None, eu, None), true),
            (
                settings(one, None, None),
                settings(other, None, None),
                false,
            ),
            (settings(None, eu, None), settings(None, us, None), false),
            // The account of one stage is not known, so the roles are compared.
            (
                settings(None, None, deploy),
                settings(None, None, None),
                false,
            ),
            (
                settings(other, None, None),
                settings(None, None, deploy),
                false,
            ),
            // Two roles of one account read the same parameters.
            (
                settings(None, eu, deploy),
                settings(None, eu, preview),
                true,
            ),
            (settings(one, eu, deploy), settings(one, eu, None), true),
            (settings(one, eu, deploy), settings(one, us, preview), false),
        ] {
            let address = Source::parse("/a", &[]).unwrap().address;
            assert_eq!(may_be_same(&address, &a, &b), expected, "{a:?} {b:?}");
            assert_eq!(may_be_same(&address, &b, &a), expected, "{b:?} {a:?}");
        }
    }

    #[test]
    fn an_account_or_a_region_in_the_address_replaces_the_one_in_the_settings() {
        let (one, other) = (Some("111122223333"), Some("444455556666"));
        let (eu, us) = (Some("eu-central-1"), Some("us-east-1"));
        let role = "role=arn:aws:iam::777788889999:role/shared";
        let arn = "arn:aws:ssm:eu-west-1:777788889999:parameter/a";
        for (source, other_account, other_region, other_both) in [
            ("/a", false, false, false),
            ("/a?region=eu-west-1", false, true, false),
            (&format!("/a?{role}"), true, false, false),
            (&format!("/a?region=eu-west-1&{role}"), true, true, true),
            (arn, true, true, true),
            ("sealed:a", true, true, true),
        ] {
            let address = Source::parse(source, &[]).unwrap().address;
            let stage = settings(one, eu, None);
            for (settings, expected) in [
                (settings(other, eu, None), other_account),
                (settings(one, us, None), other_region),
                (settings(other, us, None), other_both),
            ] {
                let found = may_be_same(&address, &stage, &settings);
                assert_eq!(found, expected, "{source}: {settings:?}");
            }
        }
    }
}
