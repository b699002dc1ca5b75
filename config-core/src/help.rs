//! What mends a failure: a command, an IAM action, a change.

use crate::{failure::FailureKind, schema::Kind};
use stage_config_grammar::source::{Address, Source};

/// The help for a Figment value that is not the text which the field takes.
pub(crate) const QUOTE: &str = "quote it in the provider, as in `zip = \"0123\"`; Figment's `Env` takes quotes inside of the \
                                variable: `ZIP='\"0123\"'`";

/// The help for one source that failed.
pub(crate) fn for_source(kind: FailureKind, source: &Source) -> String {
    if let Address::Sealed { name, stage: Some(stage) } = &source.address
        && let Some(help) = for_sealed(kind, name, stage)
    {
        return help;
    }
    match kind {
        FailureKind::Missing => create(source),
        FailureKind::Denied => grant(source, None),
        FailureKind::Throttled => {
            "too many calls at once share this quota: spread the starts, raise the quota (Parameter \
                                   Store: higher throughput), or lengthen the deadline"
                .to_owned()
        }
        FailureKind::TimedOut => {
            "look at the network (VPC endpoint, security group, proxy), or lengthen `timeout`".to_owned()
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

/// The source with the stage that it is read in, for commands that name one.
pub(crate) fn with_stage(source: &Source, stage: &str) -> Source {
    let mut source = source.clone();
    if let Address::Sealed { stage: named @ None, .. } = &mut source.address {
        *named = Some(stage.to_owned());
    }
    source
}

/// What is wrong with a file, as against what every store can have.
fn for_sealed(kind: FailureKind, name: &str, stage: &str) -> Option<String> {
    let anew = format!("cargo stage seal {name} --stage {stage}");
    match kind {
        FailureKind::InvalidRequest => Some(format!("{anew}, and build again")),
        FailureKind::Undecodable | FailureKind::DecryptionFailed | FailureKind::WrongKey => Some(format!(
            "restore the files of sealed/{stage} from git, or seal the value anew: {anew}; then build again"
        )),
        FailureKind::WrongContext => Some(format!("restore sealed/{stage}/stage.key from git, and build again")),
        _ => None,
    }
}

/// The help, or to take back what brought the field there.
pub(crate) fn add_variable_hint(help: String, source: Option<&str>, variable: Option<&str>) -> String {
    match variable {
        Some(variable) if source == Some(variable) => format!("{help}, or unset it"),
        Some(variable) => format!("{help}; or correct or unset `{variable}`, which names this source"),
        None => help,
    }
}

/// The help for a refused read, where the answer may have named the resource.
pub(crate) fn for_denied(source: &Source, resource: Option<&str>) -> String {
    grant(source, resource)
}

/// What allows a look at what is there, made of what would allow to read it.
#[cfg(feature = "manage")]
pub(crate) fn reduce_to_existence(help: &str) -> String {
    help.replace(OWN_KEY, "").replace("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")
}

/// The help for a JSON text without the key.
pub(crate) fn for_key(source: &Source, key: &str) -> String {
    format!("add the key `{key}` to the JSON in {}", source.address)
}

/// The help for a stored text that its type does not take.
pub(crate) fn for_text(kind: Kind, source: &str) -> String {
    let form = match kind {
        Kind::Integer { min, max, nonzero: false } => format!("a whole number from {min} to {max}"),
        Kind::Integer { min, max, nonzero: true } => format!("a whole number from {min} to {max}, but not 0"),
        Kind::Float { .. } => "a number".to_owned(),
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::Char => "one character".to_owned(),
        Kind::String => "a text that is not empty".to_owned(),
        Kind::Format(format) => format.to_string(),
        Kind::ListOf(_) | Kind::SetOf(_) => "items between commas, or a JSON array".to_owned(),
        Kind::Array { length, .. } => format!("{length} items between commas, or a JSON array"),
        Kind::Tuple(items) => format!("{} items between commas, or a JSON array", items.len()),
        Kind::Optional(inner) => return for_text(*inner, source),
        Kind::Bytes { length: None } => "base64".to_owned(),
        Kind::Bytes { length: Some(length) } => format!("the base64 of {length} bytes"),
        Kind::Duration => "a duration with its unit, as in `30s`".to_owned(),
        Kind::MapOf { .. } | Kind::Object => "a JSON object".to_owned(),
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
        Address::Secret { id, version: Some(_), .. } => {
            format!("name a version that exists: aws secretsmanager list-secret-version-ids --secret-id {id}")
        }
        Address::Secret { id, .. } if id.starts_with("arn:") => {
            format!(
                "look for the secret's ARN, whose last six characters AWS chooses: aws secretsmanager list-secrets (not `{id}`)"
            )
        }
        Address::Secret { id, .. } => {
            format!("aws secretsmanager create-secret --name {id} --secret-string file:///dev/stdin")
        }
        Address::Env { variable, .. } => format!("set the environment variable `{variable}`"),
        Address::KmsEnv { variable, lambda_context, key } => format!(
            "set the environment variable `{variable}` to what this prints: aws kms encrypt --key-id {}{} --plaintext \
             fileb:///dev/stdin --query CiphertextBlob --output text",
            key.as_deref().unwrap_or("KEY"),
            if *lambda_context { " --encryption-context LambdaFunctionName=FUNCTION" } else { "" },
        ),
        Address::Sealed { name, stage } => {
            format!("cargo stage seal {name} --stage {}, and build again", stage.as_deref().unwrap_or("STAGE"))
        }
        Address::Value(_) | Address::Custom { .. } => format!("put a value into {source}"),
    };
    format!("{how}{key}")
}

/// What reading needs beyond the store's own action.
const OWN_KEY: &str = " (and `kms:Decrypt`, if a key of your own encrypts it)";

fn grant(source: &Source, resource: Option<&str>) -> String {
    // Parameter Store and Secrets Manager name a key where they may not use it.
    if let Some(key) = resource.filter(|arn| arn.split(':').nth(2) == Some("kms")) {
        return format!("allow `kms:Decrypt` on `{key}`");
    }
    match &source.address {
        Address::Parameter { name, .. } => {
            let arn = match resource.or_else(|| name.starts_with("arn:").then_some(name)) {
                Some(arn) => arn.to_owned(),
                None => format!("arn:aws:ssm:REGION:ACCOUNT:parameter/{}", name.trim_start_matches('/')),
            };
            format!("allow `ssm:GetParameters` on `{arn}`{OWN_KEY}")
        }
        Address::Secret { id, .. } => {
            format!("allow `secretsmanager:GetSecretValue` on the secret `{}`{OWN_KEY}", resource.unwrap_or(id))
        }
        Address::KmsEnv { .. } | Address::Sealed { .. } => {
            "allow `kms:Decrypt` on the key that encrypted it, and look that the key exists in this region".to_owned()
        }
        _ => format!("let this program read {source}"),
    }
}
