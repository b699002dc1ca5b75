//! The help for a value that does not exist: how to create it.

use super::command::{describe_value, encrypt_command, run_with_role, type_value};
use super::for_missing_sealed;
use crate::{diagnostic::Help, schema::Secrecy};
use stage_config_grammar::arn::{Arn, is_arn, parameter_path, referenced_secret};
use stage_config_grammar::shell::quote;
use stage_config_grammar::source::{Address, Source};

/// Returns the help for a missing value.
pub(super) fn for_missing(source: &Source, secrecy: Secrecy) -> Help {
    match &source.address {
        Address::Parameter { name, selector, .. } => {
            for_missing_parameter(name, selector.as_deref(), source, secrecy)
        }
        Address::ParameterPath { path, .. } => {
            for_missing_parameter(&format!("{path}/<KEY>"), None, source, secrecy)
        }
        Address::Secret { id, version, .. } => for_missing_secret(id, version.is_some(), source),
        Address::AppConfig { .. } => deploy_configuration(source),
        Address::Env { variable, .. } => Help::SetVariable {
            variable: variable.clone(),
            value: String::new(),
        },
        Address::KmsEnv {
            variable,
            lambda_context,
            key,
        } => Help::run_to(
            format!(
                "set `{variable}` to the output of this command, which waits until you type {}",
                describe_value(source)
            ),
            encrypt_command(key.as_deref(), *lambda_context, &source.address),
        ),
        Address::Sealed { name, stage } => {
            for_missing_sealed(name, stage.as_deref().unwrap_or("STAGE"))
        }
        Address::Value(_) | Address::Custom { .. } => format!("put a value into {source}").into(),
    }
}

/// Returns the help for a missing parameter: how to create it, or how to name a version of it that
/// exists. For a parameter that AWS publishes, the help is to correct the name.
fn for_missing_parameter(
    name: &str,
    selector: Option<&str>,
    source: &Source,
    secrecy: Secrecy,
) -> Help {
    if let Some(secret) = referenced_secret(name) {
        return for_missing_secret(secret, selector.is_some(), source);
    }
    if parameter_path(name).starts_with("aws/") {
        return "correct the name: AWS itself publishes the parameters below `/aws`".into();
    }
    match selector {
        Some(selector) => run_with_role(
            format!("name an existing version or label instead of `{selector}`"),
            &format!("ssm get-parameter-history --name {}", quote(name)),
            &source.address,
        ),
        None => put_parameter(name, source, secrecy),
    }
}

/// Returns the help to create a parameter. Parameter Store accepts no ARN as the name of a new
/// parameter (API reference, `PutParameter`). A parameter of unknown secrecy becomes a
/// SecureString, and so does JSON, because its other keys may be secret.
fn put_parameter(name: &str, source: &Source, secrecy: Secrecy) -> Help {
    let (kind, note) = match secrecy {
        Secrecy::Yes => ("SecureString", ""),
        Secrecy::No if source.key.is_none() => ("String", ""),
        Secrecy::No | Secrecy::Unknown => {
            ("SecureString", ", with `--type String` if it is not secret")
        }
    };
    let path = parameter_path(name);
    let own_name = match Arn::parse(name) {
        Some(_) if path.contains('/') => format!("/{path}"),
        Some(_) => path.to_owned(),
        None => name.to_owned(),
    };
    let command = format!(
        "ssm put-parameter --name {} --type {kind} --value file:///dev/stdin",
        quote(&own_name)
    );
    type_value(source, note, &command)
}

/// Returns the help for a missing secret: how to create it, how to find its complete ARN, or how to
/// name a version of it that exists.
fn for_missing_secret(id: &str, has_version: bool, source: &Source) -> Help {
    if has_version {
        let command = format!(
            "secretsmanager list-secret-version-ids --secret-id {}",
            quote(id)
        );
        let purpose = "create the secret, or name an existing version";
        return run_with_role(purpose, &command, &source.address);
    }
    if is_arn(id) {
        return run_with_role(
            format!(
                "name the secret's complete ARN instead of `{id}` (AWS chooses its last six \
                 characters)"
            ),
            "secretsmanager list-secrets",
            &source.address,
        );
    }
    let command = format!(
        "secretsmanager create-secret --name {} --secret-string file:///dev/stdin",
        quote(id)
    );
    type_value(source, "", &command)
}

/// Returns the help for a configuration of AppConfig that is not deployed.
fn deploy_configuration(source: &Source) -> Help {
    let [application, environment, profile] = source.address.app_config_ids().unwrap_or_default();
    let command = format!(
        "appconfig start-deployment --application-id {} --environment-id {} \
         --configuration-profile-id {} --configuration-version VERSION --deployment-strategy-id \
         AppConfig.AllAtOnce",
        quote(application),
        quote(environment),
        quote(profile)
    );
    let purpose = match &source.key {
        Some(_) => format!("deploy a configuration with {}", describe_value(source)),
        None => "deploy a version of the configuration profile to the environment".to_owned(),
    };
    run_with_role(purpose, &command, &source.address)
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
            let account = "with credentials of the account 111122223333: IFS= read -rs VALUE";
            assert!(help.contains(account), "{help}");
        }
    }

    #[test]
    fn a_public_parameter_cannot_be_created() {
        assert!(help("/aws/service/a").starts_with("correct the name"));
    }
}
