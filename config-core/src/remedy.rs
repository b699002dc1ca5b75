//! What mends a failure: a command, an IAM action, a change.

use crate::{error::FailureKind, schema::Kind};
use stage_config_grammar::source::{Address, Source};

/// The remedy for one source that failed.
pub(crate) fn for_source(kind: FailureKind, source: &Source) -> String {
    match kind {
        FailureKind::Missing => create(source),
        FailureKind::Denied => grant(source, None),
        FailureKind::Throttled => {
            "too many calls at once share this quota: spread the starts, raise the quota (Parameter \
                                   Store: higher throughput), or lengthen the deadline"
                .to_owned()
        }
        FailureKind::TimedOut => {
            "look at the network (VPC endpoint, security group, proxy), or lengthen `deadline`".to_owned()
        }
        FailureKind::Unavailable => {
            "look at the network (VPC endpoint, DNS, proxy) and at the service's health".to_owned()
        }
        FailureKind::Credentials => {
            "give the process credentials and a region: an execution role, `AWS_PROFILE`, or AWS_ACCESS_KEY_ID, \
             AWS_SECRET_ACCESS_KEY and AWS_REGION"
                .to_owned()
        }
        FailureKind::InvalidAnswer => "look at what answers there: an endpoint variable, a proxy".to_owned(),
        FailureKind::InvalidRequest => "change the source".to_owned(),
        FailureKind::WrongContext => match &source.address {
            Address::KmsEnv { variable, lambda_context: true, .. } => {
                format!("if it was encrypted without a context: `kms-env:{variable}`; else encrypt it anew")
            }
            Address::KmsEnv { variable, lambda_context: false, .. } => {
                format!("if the Lambda console encrypted it: `kms-env:{variable}?context=lambda`; else encrypt it anew")
            }
            _ => "encrypt the value with the context that the source names".to_owned(),
        },
        FailureKind::WrongKey => "name the key that the ciphertext was made with, or encrypt the value anew".to_owned(),
        FailureKind::KeyUnusable => "enable the key (aws kms enable-key, or cancel-key-deletion), or use another".to_owned(),
        FailureKind::DecryptionFailed => {
            "look at the key that encrypts it: it must be enabled, and this program must be allowed `kms:Decrypt` with it"
                .to_owned()
        }
        FailureKind::MarkedForDeletion => match &source.address {
            Address::Secret { id, .. } => format!("aws secretsmanager restore-secret --secret-id {id}"),
            _ => format!("restore {source}"),
        },
        FailureKind::NoValue => match &source.address {
            Address::Secret { id, .. } => {
                format!("aws secretsmanager put-secret-value --secret-id {id} --secret-string file:///dev/stdin")
            }
            _ => format!("give {source} a value"),
        },
        FailureKind::WrongAccount => {
            "run with the credentials of the stage's account, or change `#[config(account(…))]`".to_owned()
        }
        FailureKind::Undecodable | FailureKind::Invalid => format!("store another value in {source}"),
    }
}

/// The remedy for a refused read, where the answer may have named the resource.
pub(crate) fn for_denied(source: &Source, resource: Option<&str>) -> String {
    grant(source, resource)
}

/// The remedy for a JSON text without the key.
pub(crate) fn for_key(source: &Source, key: &str) -> String {
    format!("add the key `{key}` to the JSON in {}", source.address)
}

/// The remedy for a stored text that its type does not take.
pub(crate) fn for_text(kind: Kind, source: &str) -> String {
    let form = match kind {
        Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
        Kind::Float => "a number".to_owned(),
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::Char => "one character".to_owned(),
        Kind::String => "a text that is not empty".to_owned(),
        Kind::ListOf(_) => "items between commas, or a JSON array".to_owned(),
        Kind::Bytes => "base64".to_owned(),
        Kind::Duration => "a duration with its unit, as in `30s`".to_owned(),
        Kind::Json => "JSON".to_owned(),
        Kind::Other => "a text that the type takes".to_owned(),
    };
    format!("store {form} in {source}")
}

/// How a value is made. The value itself comes from standard input: an argument would show it to every user of the host.
fn create(source: &Source) -> String {
    let key = source.key.as_ref().map(|key| format!("; its JSON needs the key `{key}`")).unwrap_or_default();
    let how = match &source.address {
        Address::Parameter { name, selector: None, .. } => format!(
            "aws ssm put-parameter --name {name} --type SecureString --value file:///dev/stdin (or --type String; the value \
             on standard input)"
        ),
        Address::Parameter { name, selector: Some(selector), .. } => {
            format!(
                "name a version or label that exists: aws ssm get-parameter-history --name {name} (not `{selector}`)"
            )
        }
        Address::Secret { id, .. } => {
            format!("aws secretsmanager create-secret --name {id} --secret-string file:///dev/stdin")
        }
        Address::Env { variable, .. } | Address::KmsEnv { variable, .. } => {
            format!("set the environment variable `{variable}`")
        }
        Address::Sealed { name, .. } => format!("cargo stage seal {name}"),
        Address::Value(_) | Address::Custom { .. } => format!("put a value into {source}"),
    };
    format!("{how}{key}")
}

fn grant(source: &Source, resource: Option<&str>) -> String {
    match &source.address {
        Address::Parameter { name, .. } => {
            let arn = match resource.or_else(|| name.starts_with("arn:").then_some(name)) {
                Some(arn) => arn.to_owned(),
                None => format!("arn:aws:ssm:REGION:ACCOUNT:parameter/{}", name.trim_start_matches('/')),
            };
            format!("allow `ssm:GetParameters` on `{arn}` (and `kms:Decrypt`, if a key of your own encrypts it)")
        }
        Address::Secret { id, .. } => format!("allow `secretsmanager:GetSecretValue` on the secret `{id}`"),
        Address::KmsEnv { .. } | Address::Sealed { .. } => "allow `kms:Decrypt` on the key".to_owned(),
        _ => format!("let this program read {source}"),
    }
}
