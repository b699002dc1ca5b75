//! The ARNs of what sources name.

use super::location::AwsLocation;
use super::policy_text::PolicyText;
use stage_config_grammar::arn::is_arn;

/// What a parameter is, for IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParameterClass<'a> {
    /// One of an account.
    Own,
    /// One of AWS's own, `/aws/service/…`.
    Public,
    /// A secret seen through Parameter Store, `/aws/reference/secretsmanager/NAME`.
    Secret(&'a str),
}

impl<'a> ParameterClass<'a> {
    /// By its name or ARN.
    pub(super) fn from_name(name: &'a str) -> Self {
        let path = name.split_once(":parameter/").map_or(name.trim_start_matches('/'), |(_, path)| path);
        if path.starts_with("aws/service/") {
            return Self::Public;
        }
        path.strip_prefix("aws/reference/secretsmanager/").map_or(Self::Own, Self::Secret)
    }
}

/// `arn:…:parameter/a/b`, for a name with or without a leading slash, or an ARN.
pub(super) fn parameter_arn(place: &AwsLocation, name: &str) -> PolicyText {
    if is_arn(name) {
        return PolicyText::from(name);
    }
    let start = match ParameterClass::from_name(name) {
        ParameterClass::Public => place.public_arn_prefix("ssm"),
        ParameterClass::Own | ParameterClass::Secret(_) => place.arn_prefix("ssm"),
    };
    start.with_literal("parameter/").with_literal(name.trim_start_matches('/'))
}

/// The ARNs under which a secret may be found: Secrets Manager puts a hyphen and six characters behind the name.
///
/// An ARN that ends in what might be these characters may be whole or not, as `…:secret:db-secret`. Where all six are small
/// letters it is taken as both.
pub(super) fn secret_arns(place: &AwsLocation, id: &str) -> Vec<PolicyText> {
    const SUFFIX: &str = "-??????";
    if !is_arn(id) {
        return vec![place.arn_prefix("secretsmanager").with_literal("secret:").with_literal(id).with_literal(SUFFIX)];
    }
    let (whole, partial) = (PolicyText::from(id), PolicyText::from(id).with_literal(SUFFIX));
    match SecretSuffix::from_arn(id) {
        SecretSuffix::None => vec![partial],
        SecretSuffix::Word => vec![whole, partial],
        SecretSuffix::Random => vec![whole],
    }
}

/// Whether a secret is named by its whole ARN for certain, so that it exists already.
pub(super) fn is_complete(id: &str) -> bool {
    is_arn(id) && SecretSuffix::from_arn(id) == SecretSuffix::Random
}

/// What stands behind the last hyphen of a secret's ARN.
#[derive(PartialEq, Eq)]
enum SecretSuffix {
    None,
    /// Six small letters, which may be a word of the name.
    Word,
    /// The six characters that Secrets Manager chose.
    Random,
}

impl SecretSuffix {
    fn from_arn(arn: &str) -> Self {
        match arn.rsplit_once('-') {
            Some((_, ending)) if ending.len() == 6 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                let word = ending.bytes().all(|byte| byte.is_ascii_lowercase());
                if word { Self::Word } else { Self::Random }
            }
            _ => Self::None,
        }
    }
}
