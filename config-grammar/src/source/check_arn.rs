//! Checks the ARNs of parameters, secrets, keys and roles in sources, and the regions.

use super::SourceError;
use crate::arn::{Arn, is_account};
use crate::region::{find_meant_region, is_region};

/// Checks an ARN of `service`, and returns its last part, the resource. `form` is the form of such
/// an ARN, for messages.
pub(super) fn parse_resource<'t>(
    text: &'t str,
    service: &str,
    form: &str,
) -> Result<&'t str, SourceError> {
    let error = |problem: String| {
        SourceError::new(format!("{problem} in the ARN `{text}`; expected `{form}`"))
    };
    let Some(Arn {
        partition,
        service: actual_service,
        region,
        account,
        resource,
    }) = Arn::parse(text)
    else {
        return Err(error("a part is missing".to_owned()));
    };

    if partition != "aws" && !partition.starts_with("aws-") {
        return Err(error(format!("unknown partition `{partition}`")));
    }

    if actual_service != service {
        return Err(error(format!("wrong service `{actual_service}`")));
    }

    check_region(region.unwrap_or_default())?;
    match account {
        Some(account) if is_account(account) => Ok(resource),
        // AWS's own parameters (`/aws/service/…`) have no account.
        None if resource.starts_with("parameter/aws/") => Ok(resource),
        Some(account) => Err(error(format!(
            "`{account}` is not an account ID of 12 digits"
        ))),
        None => Err(error("the account ID is missing".to_owned())),
    }
}

/// Checks the ARN of an IAM role, whose name may have a path before it.
pub(super) fn check_role(text: &str) -> Result<(), SourceError> {
    /// The longest path and the longest name together (API reference of IAM, `Role`).
    const MAX_LENGTH: usize = 512 + 64;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    let is_role = |arn: Arn<'_>| {
        let name = arn.resource.strip_prefix("role/").unwrap_or_default();
        let is_name = !name.is_empty() && !name.split('/').any(str::is_empty);
        (arn.partition == "aws" || arn.partition.starts_with("aws-"))
            && (arn.service, arn.region) == ("iam", None)
            && arn.account.is_some_and(is_account)
            && is_name
            && name.len() <= MAX_LENGTH
            && name.chars().all(is_allowed)
    };
    if Arn::parse(text).is_some_and(is_role) {
        return Ok(());
    }
    Err(SourceError::new(format!(
        "`{text}` is not the ARN of a role; expected `arn:aws:iam::ACCOUNT:role/NAME`, with an \
         account ID of 12 digits"
    )))
}

/// Checks a region such as `eu-central-1` or `us-gov-west-1`: lowercase words, then a number.
pub(super) fn check_region(region: &str) -> Result<(), SourceError> {
    if is_region(region) {
        return Ok(());
    }
    let expected = match find_meant_region(region) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "expected one such as `eu-central-1`".to_owned(),
    };
    Err(SourceError::new(format!(
        "`{region}` is not a region: {expected}"
    )))
}
