//! The ARNs of the resources that sources name.

use super::location::AwsLocation;
use super::policy_text::PolicyText;
use crate::parameter_class::ParameterClass;
use stage_config_grammar::arn::{is_arn, split_secret_suffix};
use stage_config_grammar::source::is_app_config_id;

/// Returns the ARN of a parameter: `arn:…:parameter/a/b` for the names `/a/b` and `a/b`. An ARN is
/// returned unchanged.
pub(super) fn parameter_arn(location: &AwsLocation, name: &str) -> PolicyText {
    if is_arn(name) {
        return PolicyText::from(name);
    }
    let prefix = match ParameterClass::from_name(name) {
        ParameterClass::Public => location.public_arn_prefix("ssm"),
        ParameterClass::Own | ParameterClass::Secret(_) => location.arn_prefix("ssm"),
    };

    prefix
        .with_literal("parameter/")
        .with_literal(name.trim_start_matches('/'))
}

/// Returns the possible ARNs of a secret: Secrets Manager adds a hyphen and six characters to the
/// name.
///
/// An ARN that seems to end in this suffix may be complete or not, for example
/// `…:secret:db-secret`. If all six characters are lower-case letters, both forms are returned.
pub(super) fn secret_arns(location: &AwsLocation, id: &str) -> Vec<PolicyText> {
    const SUFFIX: &str = "-??????";
    if !is_arn(id) {
        return vec![
            location
                .arn_prefix("secretsmanager")
                .with_literal("secret:")
                .with_literal(id)
                .with_literal(SUFFIX),
        ];
    }

    let (complete, partial) = (
        PolicyText::from(id),
        PolicyText::from(id).with_literal(SUFFIX),
    );
    match SecretSuffix::from_arn(id) {
        SecretSuffix::None => vec![partial],
        SecretSuffix::Word => vec![complete, partial],
        SecretSuffix::Random => vec![complete],
    }
}

/// Returns the ARN of a configuration of AppConfig. `parts` are the application, the environment
/// and the profile. The ARN contains their IDs, which AppConfig chooses. So if a part is a name and
/// not an ID, `*` replaces it.
pub(super) fn configuration_arn(location: &AwsLocation, parts: [&str; 3]) -> PolicyText {
    let [application, environment, profile] =
        parts.map(|part| if is_app_config_id(part) { part } else { "*" });
    location.arn_prefix("appconfig").with_literal(&format!(
        "application/{application}/environment/{environment}/configuration/{profile}"
    ))
}

/// Returns whether the id is certainly the complete ARN of a secret. Such a secret already exists.
pub(super) fn is_complete(id: &str) -> bool {
    is_arn(id) && SecretSuffix::from_arn(id) == SecretSuffix::Random
}

/// The part after the last hyphen of a secret's ARN.
#[derive(PartialEq, Eq)]
enum SecretSuffix {
    None,
    /// Six lower-case letters, which may be a word of the name.
    Word,
    /// The six characters that Secrets Manager chose.
    Random,
}

impl SecretSuffix {
    fn from_arn(arn: &str) -> Self {
        match split_secret_suffix(arn) {
            Some((_, suffix)) if suffix.bytes().all(|byte| byte.is_ascii_lowercase()) => Self::Word,
            Some(_) => Self::Random,
            None => Self::None,
        }
    }
}
