//! The help for a value that does not exist: how to create it.

use super::command::{aws, aws_secret};
use super::for_missing_sealed;
use crate::{diagnostic::Help, schema::Secrecy};
use stage_config_grammar::arn::{Arn, is_arn, parameter_path, referenced_secret};
use stage_config_grammar::shell::quote;
use stage_config_grammar::source::{Address, Source};

/// Returns the help for a missing parameter: how to create it, or how to name a version of it that
/// exists. A parameter of unknown secrecy becomes a SecureString.
fn for_missing_parameter(
    name: &str,
    selector: Option<&str>,
    secrecy: Secrecy,
    address: &Address,
) -> Help {
    if let Some(secret) = referenced_secret(name) {
        return for_missing_secret(secret, selector.is_some(), address);
    }
    if parameter_path(name).starts_with("aws/") {
        return "correct the name: AWS itself publishes the parameters below `/aws`".into();
    }
    match selector {
        Some(selector) => Help::run_to(
            format!("name an existing version or label instead of `{selector}`"),
            aws(
                &format!("ssm get-parameter-history --name {}", quote(name)),
                address,
            ),
        ),
        None => put_parameter(name, secrecy, address),
    }
}

/// Returns the command that creates a parameter. Parameter Store accepts no ARN as the name of a
/// new parameter (API reference, `PutParameter`).
fn put_parameter(name: &str, secrecy: Secrecy, address: &Address) -> Help {
    let (kind, note) = match secrecy {
        Secrecy::No => ("String", ""),
        Secrecy::Unknown => ("SecureString", "; use `--type String` if it is not secret"),
        Secrecy::Yes => ("SecureString", ""),
    };
    let path = parameter_path(name);
    let own_name = match Arn::parse(name) {
        Some(_) if path.contains('/') => format!("/{path}"),
        Some(_) => path.to_owned(),
        None => name.to_owned(),
    };
    let help = Help::run(aws(
        &format!(
            "ssm put-parameter --name {} --type {kind} --value file:///dev/stdin",
            quote(&own_name)
        ),
        address,
    ))
    .also(format!(
        "the command reads the value from standard input{note}"
    ));
    match Arn::parse(name).and_then(|arn| arn.account) {
        Some(account) => help.also(format!("with credentials of the account {account}")),
        None => help,
    }
}

/// Returns the help for a missing secret: how to create it, how to find its complete ARN, or how to
/// name a version of it that exists.
fn for_missing_secret(id: &str, has_version: bool, address: &Address) -> Help {
    if has_version {
        return Help::run_to(
            "name an existing version",
            aws_secret("list-secret-version-ids", id, "", address),
        );
    }
    if is_arn(id) {
        return Help::run_to(
            format!(
                "name the secret's complete ARN instead of `{id}` (AWS chooses its last six \
                 characters)"
            ),
            aws("secretsmanager list-secrets", address),
        );
    }
    let command = format!(
        "secretsmanager create-secret --name {} --secret-string file:///dev/stdin",
        quote(id)
    );
    Help::run(aws(&command, address))
}

/// Returns the help for a configuration of AppConfig that is not deployed.
fn deploy_configuration(address: &Address) -> Help {
    let [application, environment, profile] = address.app_config_ids().unwrap_or_default();
    Help::run_to(
        "deploy a version of the configuration profile to the environment",
        aws(
            &format!(
                "appconfig start-deployment --application-id {} --environment-id {} \
                 --configuration-profile-id {} --configuration-version VERSION \
                 --deployment-strategy-id AppConfig.AllAtOnce",
                quote(application),
                quote(environment),
                quote(profile)
            ),
            address,
        ),
    )
}

/// Returns the help for a missing value. The commands read the value from standard input, because
/// every user of the host can see the arguments of a command.
pub(super) fn for_missing(source: &Source, secrecy: Secrecy) -> Help {
    // Other keys of the JSON may be secret.
    let secrecy = match &source.key {
        Some(_) => secrecy.max(Secrecy::Unknown),
        None => secrecy,
    };
    let help = match &source.address {
        Address::Parameter { name, selector, .. } => {
            for_missing_parameter(name, selector.as_deref(), secrecy, &source.address)
        }
        Address::ParameterPath { path, .. } => {
            for_missing_parameter(&format!("{path}/<KEY>"), None, secrecy, &source.address)
        }
        Address::Secret { id, version, .. } => {
            for_missing_secret(id, version.is_some(), &source.address)
        }
        Address::AppConfig { .. } => deploy_configuration(&source.address),
        Address::Env { variable, .. } => Help::SetVariable {
            variable: variable.clone(),
            value: String::new(),
        },
        Address::KmsEnv {
            variable,
            lambda_context,
            key,
        } => Help::SetVariable {
            variable: variable.clone(),
            value: format!(
                "the output of: aws kms encrypt --key-id {}{} --plaintext fileb:///dev/stdin \
                 --query CiphertextBlob --output text",
                key.as_deref().unwrap_or("KEY"),
                if *lambda_context {
                    " --encryption-context LambdaFunctionName=FUNCTION"
                } else {
                    ""
                },
            ),
        },
        Address::Sealed { name, stage } => {
            for_missing_sealed(name, stage.as_deref().unwrap_or("STAGE"))
        }
        Address::Value(_) | Address::Custom { .. } => format!("put a value into {source}").into(),
    };
    let help = match &source.key {
        Some(key) => help.also(format!("store a JSON object with the key `{key}`")),
        None => help,
    };
    match source.address.role() {
        Some(role) => help.also(format!(
            "with credentials of the account of the role {role}"
        )),
        None => help,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(source: &str) -> String {
        for_missing(&Source::parse(source, &[]).unwrap(), Secrecy::Yes).to_string()
    }

    #[test]
    fn a_command_has_the_region_of_its_source() {
        for (source, command) in [
            (
                "/a/b?region=us-east-1",
                "aws ssm put-parameter --name /a/b ",
            ),
            ("/a/b:3?region=us-east-1", "aws ssm get-parameter-history "),
            (
                "secret:a?region=us-east-1",
                "aws secretsmanager create-secret ",
            ),
            (
                "secret:a?version_stage=OLD&region=us-east-1",
                "aws secretsmanager list-secret-version-ids ",
            ),
            (
                "appconfig:a/b/c?region=us-east-1",
                "aws appconfig start-deployment ",
            ),
        ] {
            let help = help(source);
            assert!(help.contains(command), "{help}");
            assert!(help.contains(" --region us-east-1"), "{help}");
        }
        assert!(!help("/a/b").contains("--region"));
    }

    /// `put-parameter` accepts no ARN.
    #[test]
    fn a_parameter_is_created_by_the_name_in_its_arn() {
        for (resource, name) in [("/a/b", "/a/b"), ("/a", "a")] {
            let help = help(&format!(
                "arn:aws:ssm:eu-west-1:111122223333:parameter{resource}"
            ));
            assert!(help.contains(&format!("--name {name} ")), "{help}");
            assert!(help.contains("--region eu-west-1"), "{help}");
            assert!(help.ends_with("with credentials of the account 111122223333"));
        }
    }

    #[test]
    fn a_public_parameter_cannot_be_created() {
        assert!(help("/aws/service/a").starts_with("correct the name"));
    }
}
