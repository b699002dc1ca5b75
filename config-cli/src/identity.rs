//! Whose credentials a stage is worked on with.

use stage_config_core::manage::{AwsContext, CallerIdentity, Identity};

use crate::error::CliError;
use crate::package::StageSettings;
use crate::redact::redact_word;

/// Access to AWS. Where the stage's account is said, credentials of another one are refused before anything is asked.
///
/// In CI they stand in the environment, where a laptop's profile does not exist: there the profile of Cargo.toml gives way to
/// them, and one that was given as an argument does not.
pub(crate) async fn connect(
    stage: &str,
    settings: &StageSettings,
    profile_is_given: bool,
) -> Result<AwsContext, CliError> {
    let has_env_credentials = std::env::var_os("AWS_ACCESS_KEY_ID").is_some_and(|key| !key.is_empty());
    let StageSettings { region, profile, role_arn, account, .. } = settings.clone();
    let identity = Identity { region, profile: profile.filter(|_| profile_is_given || !has_env_credentials), role_arn };
    let access = identity.connect().await.map_err(CliError::from_manage)?;
    if let Some(account) = account {
        let caller = access.fetch_caller().await.map_err(CliError::from_manage)?;
        check_account(stage, &account, &caller)?;
    }
    Ok(access)
}

fn check_account(stage: &str, account: &str, caller: &CallerIdentity) -> Result<(), CliError> {
    if caller.account == account {
        return Ok(());
    }
    let what = format!(
        "the stage `{stage}` is in account {account}, and these credentials are of account {} ({})",
        caller.account, caller.arn
    );
    Err(CliError::undetermined(what).with_help(
        "name the identity: --profile or --role-arn, or `profile` or `role_arn` in [package.metadata.stage.STAGE]",
    ))
}

/// Refuses what is no account and no region, before it becomes a part of an address.
pub(crate) fn check_settings(settings: &StageSettings) -> Result<(), CliError> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(account) = settings.account.as_deref().filter(|account| !is_account(account)) {
        return Err(CliError::undetermined(redact_word(
            &format!("{account:?} is no account: its number has 12 digits"),
            account,
        )));
    }
    let is_region = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    match settings.region.as_deref().filter(|region| !is_region(region)) {
        Some(region) => Err(CliError::undetermined(redact_word(
            &format!("{region:?} is no region: expected one like eu-central-1"),
            region,
        ))),
        None => Ok(()),
    }
}
