//! Chooses the region of a call, and checks the region of the configuration.

use super::variables::explain_missing_region;
use crate::{failure::FailureKind, outcome::Failed};
use aws_types::{SdkConfig, region::Region};
use stage_config_grammar::region::find_meant_region;

/// Returns the region of a source, or the program's own region if the source names none.
pub(crate) fn choose_region(
    config: &SdkConfig,
    source_region: Option<&str>,
) -> Result<Region, Failed> {
    // The grammar has checked the region of a source.
    if let Some(region) = source_region {
        return Ok(Region::new(region.to_owned()));
    }
    let region = config
        .region()
        .filter(|region| !region.as_ref().trim().is_empty())
        .ok_or_else(|| {
            let detail = format!("no AWS region is set{}", explain_missing_region());
            Failed::new(FailureKind::Credentials, detail)
        })?;
    check_own_region(config, region.as_ref())?;
    Ok(region.clone())
}

/// Checks the region of the configuration, which may come from a profile or the program. An
/// emulator may have any region, so if the configuration has an endpoint, only the characters of
/// the region are checked.
fn check_own_region(config: &SdkConfig, region: &str) -> Result<(), Failed> {
    let wrong = |detail: String, help: String| {
        Err(Failed::new(FailureKind::Credentials, detail).with_help(help))
    };
    if config.endpoint_url().is_none()
        && let Some(meant) = find_meant_region(region)
    {
        return wrong(
            format!("the AWS region `{}` is not a region", region.trim()),
            format!("name a region: did you mean `{meant}`?"),
        );
    }
    let is_label = region
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_label {
        Ok(())
    } else {
        wrong(
            "the AWS region contains a character that no region has".to_owned(),
            "name a region, as in `eu-central-1`".to_owned(),
        )
    }
}
