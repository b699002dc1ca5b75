//! One name for each value in AWS, whatever a source calls it.

use stage_config_grammar::arn::{is_arn, split_secret_suffix};
use stage_config_grammar::source::Address;

use super::arn::{configuration_arn, parameter_arn};
use super::location::AwsLocation;
use crate::parameter_class::ParameterClass;

/// Returns the ARN of the value at an address, the same for its name and its ARN, and for a secret
/// with and without the six characters that Secrets Manager appends. A parameter that refers to a
/// secret has the ARN of the secret. Returns `None` for a source that is not in AWS.
pub(crate) fn resource_name(location: &AwsLocation, address: &Address) -> Option<String> {
    let location = location.locate(address);
    let secret_name = |id: &str| {
        if is_arn(id) {
            let name = split_secret_suffix(id).map_or(id, |(name, _)| name);
            return name.to_owned();
        }
        let prefix = location.arn_prefix("secretsmanager");
        prefix.with_literal("secret:").with_literal(id).to_string()
    };
    Some(match address {
        Address::Parameter { name, .. } => match ParameterClass::from_name(name) {
            ParameterClass::Secret(id) => secret_name(id),
            ParameterClass::Own | ParameterClass::Public => {
                parameter_arn(&location, name).to_string()
            }
        },
        Address::ParameterPath { path, .. } => {
            let arn = parameter_arn(&location, path);
            arn.with_literal("/*").to_string()
        }
        Address::Secret { id, .. } => secret_name(id),
        Address::AppConfig {
            application,
            environment,
            profile,
            ..
        } => {
            let arn = configuration_arn(&location, ["*"; 3]);
            format!("{arn}:{application}/{environment}/{profile}")
        }
        _ => return None,
    })
}
