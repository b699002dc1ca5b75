//! The AWS identity that accesses a stage.

use stage_config_core::manage::{AwsContext, CallerIdentity, Identity};
use stage_config_grammar::arn::is_account;
use stage_config_grammar::region::find_meant_region;

use crate::error::CliError;
use crate::package::StageSettings;
use crate::redact::redact_word;

/// Connects to AWS. If the account of the stage is known, credentials of another account are
/// refused before they are used to access the stage.
///
/// A CI job has credentials in its environment, but usually not the profile of a developer. So the
/// environment takes precedence over the profile in Cargo.toml, but not over `--profile`.
///
/// `place` is the text by which messages name the stage.
pub(crate) async fn connect(
    place: &str,
    settings: &StageSettings,
    is_profile_given: bool,
) -> Result<AwsContext, CliError> {
    let StageSettings {
        region,
        role_arn,
        account,
        ..
    } = settings.clone();
    let identity = Identity {
        region,
        profile: choose_profile(settings, is_profile_given).map(str::to_owned),
        role_arn,
    };
    let aws = identity.connect().await?;
    if let Some(account) = account {
        let caller = aws.fetch_caller().await?;
        check_account(place, &account, &caller)?;
    }
    Ok(aws)
}

/// Returns the profile that [`connect`] uses.
pub(crate) fn choose_profile(settings: &StageSettings, is_profile_given: bool) -> Option<&str> {
    // A blank variable counts as unset. A key that is not UTF-8 counts as set; connecting
    // reports it.
    let has_env_credentials = std::env::var_os("AWS_ACCESS_KEY_ID")
        .is_some_and(|key| !key.to_string_lossy().trim().is_empty());
    let profile = settings.profile.as_deref();
    profile.filter(|_| is_profile_given || !has_env_credentials)
}

fn check_account(place: &str, account: &str, caller: &CallerIdentity) -> Result<(), CliError> {
    if caller.account == account {
        return Ok(());
    }
    let message = format!(
        "{place} is in account {account}, and these credentials belong to account {} ({})",
        caller.account, caller.arn
    );
    Err(CliError::undetermined(message).with_help(
        "name the identity: --profile or --role-arn, or `profile` or `role_arn` in \
         [package.metadata.stage.STAGE]",
    ))
}

/// Checks the format of the account and the region before they become a part of a host name
/// or an ARN.
pub(crate) fn check_settings(settings: &StageSettings) -> Result<(), CliError> {
    if let Some(account) = settings
        .account
        .as_deref()
        .filter(|account| !is_account(account))
    {
        return Err(CliError::undetermined(redact_word(
            &format!("{account:?} is not an account: an account number has 12 digits"),
            account,
        )));
    }
    let has_region_characters = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let Some(region) = settings.region.as_deref() else {
        return Ok(());
    };
    let expected = match find_meant_region(region) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if has_region_characters(region) => return Ok(()),
        None => "expected a region like eu-central-1".to_owned(),
    };
    Err(CliError::undetermined(redact_word(
        &format!("{region:?} is not a region: {expected}"),
        region,
    )))
}
