//! The help for a denied read: the permission to add.

use super::command::aws_secret;
use crate::{diagnostic::Help, outcome::Denied};
use stage_config_grammar::arn::{is_arn, is_kms_arn, is_role_arn, split_secret_suffix};
use stage_config_grammar::source::{Address, Source};

/// Returns the help for a denied read.
pub(crate) fn for_denied(source: &Source, denied: &Denied) -> Help {
    let denied_role = denied.resource.as_deref().filter(|arn| is_role_arn(arn));
    if let Some(role) = denied_role {
        return grant("sts:AssumeRole", role, false)
            .also("and allow this caller in the trust policy of the role");
    }
    let help = match source.address.role() {
        Some(role) => {
            for_denied_read(source, denied).also(format!("in the policy of the role {role}"))
        }
        None => for_denied_read(source, denied),
    };
    match &source.address {
        // This answer of Secrets Manager does not name the key.
        Address::Secret { id, .. } if denied.is_key_denied && denied.resource.is_none() => help
            .also(Help::run_to(
                "find the key",
                aws_secret("describe-secret", id, &source.address) + " --query KmsKeyId",
            )),
        _ => help,
    }
}

fn for_denied_read(source: &Source, denied: &Denied) -> Help {
    let resource = denied.resource.as_deref();

    // An answer may name the KMS key that the caller may not use.
    if let Some(key) = resource.filter(|arn| is_kms_arn(arn)) {
        return grant("kms:Decrypt", key, false);
    }

    let arn = || {
        let arn = resource.map(str::to_owned);
        arn.or_else(|| grant_resource(&source.address))
            .unwrap_or_default()
    };
    match &source.address {
        Address::Parameter { .. } => grant("ssm:GetParameters", &arn(), true),
        Address::ParameterPath { .. } => grant("ssm:GetParametersByPath", &arn(), true),
        Address::Secret { .. } if denied.is_key_denied => {
            "allow `kms:Decrypt` on the key that encrypts the secret".into()
        }
        Address::Secret { .. } => grant("secretsmanager:GetSecretValue", &arn(), true),
        Address::AppConfig { .. } => format!(
            "allow `appconfig:StartConfigurationSession` and \
             `appconfig:GetLatestConfiguration` on `{}`",
            arn()
        )
        .into(),
        Address::KmsEnv { .. } | Address::Sealed { .. } => {
            "allow `kms:Decrypt` on the key that encrypted the value, and check that the key \
             exists in this region"
                .into()
        }
        _ => format!("let this program read {source}").into(),
    }
}

fn grant(action: &str, resource: &str, or_decrypt: bool) -> Help {
    Help::Grant {
        action: action.to_owned(),
        resource: resource.to_owned(),
        or_decrypt,
    }
}

/// Returns the resource of a policy that allows reading the address: an ARN, or a pattern with
/// `REGION` and `ACCOUNT`. Returns `None` if the address has no resource of its own.
pub(crate) fn grant_resource(address: &Address) -> Option<String> {
    Some(match address {
        Address::Parameter { name, .. } if is_arn(name) => name.clone(),
        Address::Parameter { name, .. } => format!(
            "arn:aws:ssm:REGION:ACCOUNT:parameter/{}",
            name.trim_start_matches('/')
        ),
        Address::ParameterPath { path, .. } => {
            format!("arn:aws:ssm:REGION:ACCOUNT:parameter{path}")
        }
        Address::Secret { id, .. } => secret_arn(id),
        Address::AppConfig { .. } => {
            let [application, environment, profile] = address.app_config_ids()?;
            format!(
                "arn:aws:appconfig:REGION:ACCOUNT:application/{application}/environment/\
                 {environment}/configuration/{profile}"
            )
        }
        _ => return None,
    })
}

/// Returns a pattern that matches the ARN of a secret. Secrets Manager appends a hyphen and six
/// characters to the name in the ARN. If `id` is an ARN that ends with such a suffix, it is
/// returned unchanged. A suffix of only lower-case letters is more likely a word of the name, so
/// such an ARN becomes a pattern.
fn secret_arn(id: &str) -> String {
    if !is_arn(id) {
        return format!("arn:aws:secretsmanager:REGION:ACCOUNT:secret:{id}-??????");
    }
    match split_secret_suffix(id) {
        Some((_, suffix)) if !suffix.bytes().all(|byte| byte.is_ascii_lowercase()) => id.to_owned(),
        _ => format!("{id}-??????"),
    }
}

/// Reduces the grant for reading a value to the grant for checking whether the value exists. Any
/// other help is unchanged.
#[cfg(feature = "manage")]
pub(crate) fn reduce_to_existence(help: Help) -> Help {
    match help {
        Help::Grant {
            action, resource, ..
        } => {
            let reads_secret = action == "secretsmanager:GetSecretValue";
            let action = if reads_secret {
                "secretsmanager:DescribeSecret".to_owned()
            } else {
                action
            };
            Help::Grant {
                action,
                resource,
                or_decrypt: false,
            }
        }
        Help::Also { help, also } => reduce_to_existence(*help).also(*also),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(source: &str, denied: &Denied) -> String {
        for_denied(&Source::parse(source, &[]).unwrap(), denied).to_string()
    }

    /// The answer of Secrets Manager does not always name the resource.
    #[test]
    fn the_grant_for_a_secret_names_its_arn_or_a_pattern() {
        const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret";
        let any = "arn:aws:secretsmanager:REGION:ACCOUNT:secret";
        for (id, resource) in [
            ("dev/stripe".to_owned(), format!("{any}:dev/stripe-??????")),
            (format!("{ARN}:db"), format!("{ARN}:db-??????")),
            (format!("{ARN}:db-a1B2c3"), format!("{ARN}:db-a1B2c3")),
            (
                format!("{ARN}:db-secret"),
                format!("{ARN}:db-secret-??????"),
            ),
        ] {
            let help = help(&format!("secret:{id}"), &Denied::default());
            let grant = format!("allow `secretsmanager:GetSecretValue` on `{resource}` ");
            assert!(help.starts_with(&grant), "{help}");
        }
    }

    #[test]
    fn the_help_for_a_denied_key_without_a_name_shows_how_to_find_it() {
        let denied = Denied {
            is_key_denied: true,
            ..Denied::default()
        };
        let role = "arn:aws:iam::111122223333:role/reader";
        for (source, role) in [
            ("secret:dev/stripe".to_owned(), String::new()),
            (
                format!("secret:dev/stripe?role={role}"),
                format!("; in the policy of the role {role}"),
            ),
        ] {
            assert_eq!(
                help(&source, &denied),
                format!(
                    "allow `kms:Decrypt` on the key that encrypts the secret{role}; find the key: \
                     aws secretsmanager describe-secret --secret-id dev/stripe --query KmsKeyId"
                )
            );
        }
    }

    #[cfg(feature = "manage")]
    #[test]
    fn the_help_for_an_existence_check_requests_no_decryption_even_with_a_role() {
        let source = "secret:db?role=arn:aws:iam::111122223333:role/reader";
        let source = Source::parse(source, &[]).unwrap();
        let help = reduce_to_existence(for_denied(&source, &Denied::default())).to_string();
        assert!(
            help.starts_with("allow `secretsmanager:DescribeSecret` on "),
            "{help}"
        );
        assert!(!help.contains("Decrypt"), "{help}");
    }
}
