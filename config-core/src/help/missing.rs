//! The help for a value that does not exist: how to create it.

use super::for_missing_sealed;
use crate::{diagnostic::Help, schema::Secrecy};
use stage_config_grammar::arn::{is_arn, referenced_secret};
use stage_config_grammar::shell::quote;
use stage_config_grammar::source::{Address, Source};

/// Returns the help for a missing parameter: how to create it, or how to name a version of it that
/// exists. A parameter of unknown secrecy becomes a SecureString.
fn for_missing_parameter(name: &str, selector: Option<&str>, secrecy: Secrecy) -> Help {
    if let Some(secret) = referenced_secret(name) {
        return for_missing_secret(secret, selector.is_some());
    }
    match selector {
        Some(selector) => Help::run_to(
            format!("name an existing version or label instead of `{selector}`"),
            format!("aws ssm get-parameter-history --name {name}"),
        ),
        None => {
            let (kind, note) = match secrecy {
                Secrecy::No => ("String", ""),
                Secrecy::Unknown => ("SecureString", "; use `--type String` if it is not secret"),
                Secrecy::Yes => ("SecureString", ""),
            };
            Help::run(format!(
                "aws ssm put-parameter --name {} --type {kind} --value file:///dev/stdin",
                quote(name)
            ))
            .also(format!(
                "the command reads the value from standard input{note}"
            ))
        }
    }
}

/// Returns the help for a missing secret: how to create it, how to find its complete ARN, or how to
/// name a version of it that exists.
fn for_missing_secret(id: &str, has_version: bool) -> Help {
    if has_version {
        return Help::run_to(
            "name an existing version",
            format!(
                "aws secretsmanager list-secret-version-ids --secret-id {}",
                quote(id)
            ),
        );
    }
    if is_arn(id) {
        return Help::run_to(
            format!(
                "name the secret's complete ARN instead of `{id}` (AWS chooses its last six \
                 characters)"
            ),
            "aws secretsmanager list-secrets",
        );
    }
    Help::run(format!(
        "aws secretsmanager create-secret --name {} --secret-string file:///dev/stdin",
        quote(id)
    ))
}

/// Returns the help for a configuration of AppConfig that is not deployed.
fn deploy_configuration(address: &Address) -> Help {
    let [application, environment, profile] = address.app_config_ids().unwrap_or_default();
    Help::run_to(
        "deploy a version of the configuration profile to the environment",
        format!(
            "aws appconfig start-deployment --application-id {application} --environment-id \
             {environment} --configuration-profile-id {profile} --configuration-version VERSION \
             --deployment-strategy-id AppConfig.AllAtOnce"
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
            for_missing_parameter(name, selector.as_deref(), secrecy)
        }
        Address::ParameterPath { path, .. } => {
            for_missing_parameter(&format!("{path}/<KEY>"), None, secrecy)
        }
        Address::Secret { id, version, .. } => for_missing_secret(id, version.is_some()),
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
