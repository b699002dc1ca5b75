//! The names of a value in AWS. They have the same form whether the source contains a name or an
//! ARN, so they can be compared.

use stage_config_grammar::arn::{is_arn, split_secret_suffix};
use stage_config_grammar::source::Address;

use super::arn::{configuration_arn, parameter_arn};
use super::location::AwsLocation;
use crate::parameter_class::ParameterClass;

/// Returns the names of the value at an address, in the form of ARNs. If a source with a name and a
/// source with an ARN refer to the same value, they have a name in common. The name of a secret
/// does not contain the six characters that Secrets Manager appends. If the ARN of a secret ends in
/// six lower-case letters, these letters may be a part of the name, so the value has two names. A
/// parameter that refers to a secret has the name of the secret. The list is empty for a source
/// that is not in AWS.
pub(crate) fn resource_names(location: &AwsLocation, address: &Address) -> Vec<String> {
    let location = location.locate(address);
    match address {
        Address::Parameter { name, .. } => match ParameterClass::from_name(name) {
            ParameterClass::Secret(id) => secret_names(&location, id),
            ParameterClass::Own | ParameterClass::Public => {
                vec![parameter_arn(&location, name).to_string()]
            }
        },
        Address::ParameterPath { path, .. } => {
            let arn = parameter_arn(&location, path);
            vec![arn.with_literal("/*").to_string()]
        }
        Address::Secret { id, .. } => secret_names(&location, id),
        Address::AppConfig {
            application,
            environment,
            profile,
            ..
        } => {
            let arn = configuration_arn(&location, ["*"; 3]);
            vec![format!("{arn}:{application}/{environment}/{profile}")]
        }
        _ => Vec::new(),
    }
}

fn secret_names(location: &AwsLocation, id: &str) -> Vec<String> {
    if !is_arn(id) {
        let prefix = location.arn_prefix("secretsmanager");
        let arn = prefix.with_literal("secret:").with_literal(id);
        return vec![arn.to_string()];
    }
    let is_word = |suffix: &str| suffix.bytes().all(|byte| byte.is_ascii_lowercase());
    match split_secret_suffix(id) {
        Some((name, suffix)) if is_word(suffix) => vec![name.to_owned(), id.to_owned()],
        Some((name, _)) => vec![name.to_owned()],
        None => vec![id.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use stage_config_grammar::source::Source;

    use super::*;

    #[test]
    fn a_source_with_a_name_and_one_with_an_arn_have_a_name_in_common() {
        let location = AwsLocation {
            account: Some("123456789012".to_owned()),
            region: Some("eu-west-1".to_owned()),
            partition: None,
        };
        let names = |source: &str| {
            let source = Source::parse(source, &[]).unwrap();
            resource_names(&location, &source.address)
        };
        let secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db";
        let table = "arn:aws:ssm:eu-west-1:123456789012:parameter/a/table";
        for (source, expected) in [
            ("/a/table", vec![table]),
            ("/a/table:3", vec![table]),
            (table, vec![table]),
            ("secret:db#key", vec![secret]),
            (
                "secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-a1B2c3",
                vec![secret],
            ),
            (
                "secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-secret",
                vec![
                    secret,
                    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-secret",
                ],
            ),
            ("/aws/reference/secretsmanager/db", vec![secret]),
            (
                "/a/table?region=us-east-1",
                vec!["arn:aws:ssm:us-east-1:123456789012:parameter/a/table"],
            ),
            (
                "/a/*",
                vec!["arn:aws:ssm:eu-west-1:123456789012:parameter/a/*"],
            ),
            ("env:NAME", Vec::new()),
        ] {
            assert_eq!(names(source), expected, "{source}");
        }
    }
}
