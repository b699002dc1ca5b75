//! Parses the parts of an ARN that sources need: `arn:partition:service:region:account:resource`.

use super::SourceError;

pub(super) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

pub(super) fn parse_service(text: &str) -> Option<&str> {
    text.split(':').nth(2)
}

/// Returns the region of a text that may be an ARN.
pub(super) fn parse_region(text: &str) -> Option<&str> {
    if !is_arn(text) {
        return None;
    }
    text.split(':').nth(3).filter(|region| !region.is_empty())
}

/// Checks an ARN of `service`, and returns its last part. `form` is an example of such an ARN, for
/// messages.
pub(super) fn parse_resource<'t>(text: &'t str, service: &str, form: &str) -> Result<&'t str, SourceError> {
    let wrong = |what: String| SourceError::new(format!("{what} in the ARN `{text}`; expected `{form}`"));
    let mut parts = text.splitn(6, ':');
    let [Some("arn"), Some(partition), Some(named), Some(region), Some(account), Some(resource)] =
        [(); 6].map(|()| parts.next())
    else {
        return Err(wrong("a part is missing".to_owned()));
    };
    if partition != "aws" && !partition.starts_with("aws-") {
        return Err(wrong(format!("unknown partition `{partition}`")));
    }
    if named != service {
        return Err(wrong(format!("the service `{named}` does not fit the scheme")));
    }
    check_region(region)?;
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    // AWS's own parameters (`/aws/service/…`) have no account.
    let is_public = account.is_empty() && resource.starts_with("parameter/aws/");
    if !is_account && !is_public {
        return Err(wrong(format!("`{account}` is not an account ID of 12 digits")));
    }
    Ok(resource)
}

/// Checks a region such as `eu-central-1` or `us-gov-west-1`: lowercase words, then a number.
pub(super) fn check_region(region: &str) -> Result<(), SourceError> {
    let mut words = region.split('-').rev();
    let number = words.next().is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
    let words: Vec<_> = words.collect();
    let small = words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
    if number && small && words.len() >= 2 {
        return Ok(());
    }
    Err(SourceError::new(format!("`{region}` is not a region: expected one such as `eu-central-1`")))
}
