//! The help for each kind of failure.

mod missing;

use crate::{diagnostic::Help, failure::FailureKind, outcome::Found, schema::Kind};
use missing::for_missing;
use stage_config_grammar::arn::{is_arn, is_kms_arn, is_role_arn};
use stage_config_grammar::shell::quote;
use stage_config_grammar::source::{Address, Source};

/// The help if a Figment value is not text but the field needs text.
pub(crate) const QUOTE: &str = "quote it in the provider, as in `zip = \"0123\"`; Figment's `Env` \
                                takes quotes inside of the variable: `ZIP='\"0123\"'`";

/// Returns the help for one source that failed.
pub(crate) fn for_source(kind: FailureKind, source: &Source) -> Help {
    if let Address::Sealed {
        name,
        stage: Some(stage),
    } = &source.address
        && let Some(help) = for_sealed(kind, name, stage)
    {
        return help;
    }

    match kind {
        FailureKind::Missing => for_missing(source),
        FailureKind::Denied => for_denied(source, None),
        FailureKind::Throttled => {
            "start fewer processes at the same time, raise the quota (Parameter Store: higher \
             throughput), or increase the timeout: too many calls share this quota at once"
                .into()
        }
        FailureKind::TimedOut => {
            "check the network (VPC endpoint, security group, proxy), or increase `timeout`".into()
        }
        FailureKind::Unavailable => "check the network (VPC endpoint, DNS, proxy) and the health \
                                     of the service"
            .into(),
        FailureKind::Credentials => {
            "provide AWS credentials and a region to the process: an execution role, `AWS_PROFILE`, or \
             AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION"
                .into()
        }
        FailureKind::InvalidAnswer => {
            "check which server answers: an endpoint variable or a proxy may redirect the call"
                .into()
        }
        FailureKind::InvalidRequest => "change the source".into(),
        FailureKind::WrongContext => for_wrong_context(&source.address).into(),
        FailureKind::WrongKey => "name the key that the ciphertext was made with, or encrypt the \
                                  value again"
            .into(),
        FailureKind::KeyUnusable => {
            "enable the key (aws kms enable-key, or cancel-key-deletion), or use another key".into()
        }
        FailureKind::DecryptionFailed => {
            "check the key that encrypts the value: the key must be enabled, and this program must \
             be allowed `kms:Decrypt` on it"
                .into()
        }
        FailureKind::MarkedForDeletion => match &source.address {
            Address::Secret { id, .. } => Help::run(format!(
                "aws secretsmanager restore-secret --secret-id {}",
                quote(id)
            )),
            _ => format!("restore {source}").into(),
        },
        FailureKind::NoValue => match &source.address {
            Address::Secret { id, .. } => Help::run(format!(
                "aws secretsmanager put-secret-value --secret-id {} --secret-string \
                 file:///dev/stdin",
                quote(id)
            )),
            _ => format!("give {source} a value").into(),
        },
        FailureKind::WrongAccount if source.address.role().is_some() => {
            "name a role of the account that has the value in `?role=`".into()
        }
        FailureKind::WrongAccount => {
            "run with the credentials of the stage's account, or change `#[config(account(…))]`"
                .into()
        }
        FailureKind::Undecodable | FailureKind::Invalid => {
            Help::change_value("another value", source.to_string())
        }
    }
}

fn for_wrong_context(address: &Address) -> String {
    match address {
        Address::KmsEnv {
            variable,
            lambda_context: true,
            ..
        } => {
            format!(
                "if it was encrypted without a context, change the source to \
                 `kms-env:{variable}`; else encrypt it again"
            )
        }
        Address::KmsEnv {
            variable,
            lambda_context: false,
            ..
        } => {
            format!(
                "if the Lambda console encrypted it, change the source to \
                 `kms-env:{variable}?context=lambda`; else encrypt it again"
            )
        }
        _ => "encrypt the value with the context that the source names".to_owned(),
    }
}

/// Adds `stage` to a `sealed:` source that names no stage, for commands that need a stage. Any
/// other source is unchanged.
pub(crate) fn with_stage(source: &Source, stage: &str) -> Source {
    let mut source = source.clone();
    if let Address::Sealed {
        stage: named @ None,
        ..
    } = &mut source.address
    {
        *named = Some(stage.to_owned());
    }
    source
}

/// Returns the help for a sealed file that is broken or not embedded; `None` for a failure that any
/// store can have.
fn for_sealed(kind: FailureKind, name: &str, stage: &str) -> Option<Help> {
    match kind {
        FailureKind::InvalidRequest => Some(for_missing_sealed(name, stage)),
        FailureKind::Undecodable | FailureKind::DecryptionFailed | FailureKind::WrongKey => {
            let purpose =
                format!("restore the files of sealed/{stage} from git, or seal the value again");
            let seal = Help::run_to(purpose, format!("cargo stage seal {name} --stage {stage}"));
            Some(seal.also("afterwards, build again"))
        }
        FailureKind::WrongContext => {
            Some(format!("restore sealed/{stage}/stage.key from git, and build again").into())
        }
        _ => None,
    }
}

fn for_missing_sealed(name: &str, stage: &str) -> Help {
    Help::run(format!("cargo stage seal {name} --stage {stage}")).also("afterwards, build again")
}

/// Adds the advice to correct or unset the variable that determined the field. `source` is the
/// source of the value.
pub(crate) fn add_variable_hint(help: Help, source: Option<&str>, variable: Option<&str>) -> Help {
    match variable {
        Some(variable) if source == Some(variable) => help.also("or unset it"),
        Some(variable) => help.also(format!(
            "or correct or unset `{variable}`, which names this source"
        )),
        None => help,
    }
}

/// Returns the help for a denied read. `resource` is the ARN in the answer, if there is one.
pub(crate) fn for_denied(source: &Source, resource: Option<&str>) -> Help {
    let help = for_denied_read(source, resource);
    let of_role = resource.is_some_and(is_role_arn);
    match source.address.role().filter(|_| !of_role) {
        Some(role) => help.also(format!("in the policy of the role {role}")),
        None => help,
    }
}

fn for_denied_read(source: &Source, resource: Option<&str>) -> Help {
    let grant = |action: &str, resource: &str, or_decrypt| Help::Grant {
        action: action.to_owned(),
        resource: resource.to_owned(),
        or_decrypt,
    };

    if let Some(role) = resource.filter(|arn| is_role_arn(arn)) {
        return grant("sts:AssumeRole", role, false)
            .also("and allow this caller in the trust policy of the role");
    }

    // Parameter Store and Secrets Manager name the KMS key in the answer if the caller may not use
    // it.
    if let Some(key) = resource.filter(|arn| is_kms_arn(arn)) {
        return grant("kms:Decrypt", key, false);
    }

    match &source.address {
        Address::Parameter { name, .. } => {
            let arn = match resource.or_else(|| is_arn(name).then_some(name)) {
                Some(arn) => arn.to_owned(),
                None => format!(
                    "arn:aws:ssm:REGION:ACCOUNT:parameter/{}",
                    name.trim_start_matches('/')
                ),
            };
            grant("ssm:GetParameters", &arn, true)
        }
        Address::ParameterPath { path, .. } => {
            let arn = format!("arn:aws:ssm:REGION:ACCOUNT:parameter{path}");
            let arn = resource.unwrap_or(&arn);
            grant("ssm:GetParametersByPath", arn, true)
        }
        Address::Secret { id, .. } => grant(
            "secretsmanager:GetSecretValue",
            resource.unwrap_or(id),
            true,
        ),
        Address::AppConfig { .. } => {
            let arn = match resource {
                Some(arn) => arn.to_owned(),
                None => {
                    let [application, environment, profile] =
                        source.address.app_config_ids().unwrap_or_default();
                    format!(
                        "arn:aws:appconfig:REGION:ACCOUNT:application/{application}/environment/\
                         {environment}/configuration/{profile}"
                    )
                }
            };
            format!(
                "allow `appconfig:StartConfigurationSession` and \
                 `appconfig:GetLatestConfiguration` on `{arn}`"
            )
            .into()
        }
        Address::KmsEnv { .. } | Address::Sealed { .. } => {
            "allow `kms:Decrypt` on the key that encrypted the value, and check that the key \
             exists in this region"
                .into()
        }
        _ => format!("let this program read {source}").into(),
    }
}

/// Reduces the grant for reading a value to the grant for checking whether it exists. Any other
/// help is unchanged.
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
        other => other,
    }
}

/// Returns the help for a JSON text that does not contain the key.
pub(crate) fn for_key(source: &Source, key: &str) -> Help {
    format!("add the key `{key}` to the JSON in {}", source.address).into()
}

/// Returns the help for a stored text that does not fit its type. For the parameters of a path, the
/// error names the parameter, and the help the type of its value.
pub(crate) fn for_text(kind: Kind, found: &Found, source: &str) -> Help {
    let kind = if found.is_parameter_map {
        kind.map_value()
    } else {
        kind
    };
    Help::change_value(describe_expected(kind), source)
}

fn describe_expected(kind: Kind) -> String {
    match kind {
        Kind::Integer { min, max, nonzero } => {
            let except_zero = if nonzero { ", but not 0" } else { "" };
            format!("a whole number from {min} to {max}{except_zero}")
        }
        Kind::Array { length, .. } => format!("{length} items between commas, or a JSON array"),
        Kind::Tuple(items) => format!("{} items between commas, or a JSON array", items.len()),
        Kind::Bytes {
            length: Some(length),
        } => format!("the base64 of {length} bytes"),
        Kind::Optional(inner) => describe_expected(*inner),
        kind => kind.describe_fixed().unwrap_or("another value").to_owned(),
    }
}
