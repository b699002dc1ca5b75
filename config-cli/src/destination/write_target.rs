//! From a source to the place that can be written, or to what is done instead.

use stage_config_core::PlannedField;
use stage_config_grammar::arn::Arn;
use stage_config_grammar::source::{Address, SecretVersion, Source};

use super::WriteTarget;
use super::parameter::ParameterTarget;
use super::sealed::SealedTarget;
use super::secret::SecretTarget;
use crate::error::CliError;
use crate::redact;
use crate::session::{Session, StageSession};

/// Where Parameter Store shows the secrets of Secrets Manager.
const SECRET_REFERENCE_PREFIX: &str = "/aws/reference/secretsmanager/";

/// What keeps the versions of a source, whichever of them the source pins.
pub(crate) enum VersionedSource<'a> {
    /// A parameter.
    Parameter { name: String, region: Option<&'a str>, account: Option<String> },
    /// A secret.
    Secret { id: &'a str, region: Option<&'a str>, account: Option<String> },
}

/// The parameter or secret behind a source, if there is one.
pub(crate) fn to_versioned_source(source: &Source) -> Option<VersionedSource<'_>> {
    let region = source.address.region();
    let account = |id: &str| Arn::parse(id)?.account.map(str::to_owned);
    match &source.address {
        Address::Parameter { name, .. } => Some(match name.strip_prefix(SECRET_REFERENCE_PREFIX) {
            Some(id) => VersionedSource::Secret { id, region, account: account(id) },
            None => VersionedSource::Parameter { name: to_parameter_name(name), region, account: account(name) },
        }),
        Address::Secret { id, .. } => Some(VersionedSource::Secret { id, region, account: account(id) }),
        _ => None,
    }
}

/// Parameter Store writes by names, and takes no ARN.
fn to_parameter_name(name: &str) -> String {
    match Arn::parse(name).and_then(|arn| arn.resource.strip_prefix("parameter/")) {
        Some(path) if path.contains('/') => format!("/{path}"),
        Some(name) => name.to_owned(),
        None => name.to_owned(),
    }
}

pub(super) fn find_target<'a>(
    session: &'a Session,
    stage: &'a StageSession,
    field: &PlannedField,
) -> Result<WriteTarget<'a>, CliError> {
    let Some(source) = field.chain().first() else { return Err(no_source_error(stage, field)) };
    let key = source.key.clone();
    match (&source.address, to_versioned_source(source)) {
        (Address::Parameter { name, .. }, _) if is_aws_owned(name) => Err(not_written_error(
            stage,
            field,
            "is AWS's own, which nobody else writes",
            "take another source".to_owned(),
        )),
        (Address::Parameter { name, .. }, _) if name.starts_with(SECRET_REFERENCE_PREFIX) => Err(not_written_error(
            stage,
            field,
            "shows a secret of Secrets Manager, which Parameter Store only reads",
            format!("take `secret:{}` as the source", name.trim_start_matches(SECRET_REFERENCE_PREFIX)),
        )),
        (Address::Parameter { selector: Some(selector), .. }, _) => Err(not_written_error(
            stage,
            field,
            &format!("pins `{selector}`, and what is written now would be a version after it"),
            "take the pin out of the source; or write the parameter and move its label: aws ssm label-parameter-version"
                .to_owned(),
        )),
        (Address::Secret { version: Some(version), .. }, _) if is_pinned(version) => Err(not_written_error(
            stage,
            field,
            "pins a version, and what is written now would be the current one",
            "take the pin out of the source; or move the stage: aws secretsmanager update-secret-version-stage"
                .to_owned(),
        )),
        (_, Some(VersionedSource::Parameter { name, region, account })) => {
            Ok(WriteTarget::Parameter(ParameterTarget { name, region: region.map(str::to_owned), account, key }))
        }
        (_, Some(VersionedSource::Secret { id, region, account })) => {
            let (id, region) = (id.to_owned(), region.map(str::to_owned));
            Ok(WriteTarget::Secret(SecretTarget { id, region, account, key }))
        }
        (Address::Sealed { name, stage: own }, None) => {
            SealedTarget::new(session, stage, field, name, own.as_deref(), key.as_deref()).map(WriteTarget::Sealed)
        }
        (address, None) => Err(unwritable_address_error(stage, field, address)),
    }
}

fn is_aws_owned(name: &str) -> bool {
    name.starts_with("/aws/") && !name.starts_with(SECRET_REFERENCE_PREFIX)
        || Arn::parse(name).is_some_and(|arn| arn.resource.starts_with("parameter/aws/"))
}

fn is_pinned(version: &SecretVersion) -> bool {
    *version != SecretVersion::Stage("AWSCURRENT".to_owned())
}

fn no_source_error(stage: &StageSession, field: &PlannedField) -> CliError {
    let what = format!("`{}` has no source in the stage `{}`", field.path(), stage.name());
    CliError::failed(what).with_help("give the field one: #[stage(STAGE = \"…\")]")
}

fn not_written_error(stage: &StageSession, field: &PlannedField, why: &str, help: String) -> CliError {
    let source = field.chain().first().map(|source| redact::redact_field_source(field, source)).unwrap_or_default();
    CliError::failed(format!("`{}` of the stage `{}`: `{source}` {why}", field.path(), stage.name())).with_help(help)
}

/// What is changed where the program is deployed or written.
fn unwritable_address_error(stage: &StageSession, field: &PlannedField, address: &Address) -> CliError {
    let error = |why: &str, help: String| not_written_error(stage, field, why, help);
    match address {
        Address::Env { variable, .. } => error(
            "is a variable of the deployment, which is not kept here",
            format!("set {variable} where the program is deployed (SAM, CDK, Terraform, …), and deploy it"),
        ),
        Address::KmsEnv { variable, lambda_context, key } => {
            let key = key.as_deref().or(stage.settings.kms_key.as_deref()).unwrap_or("KEY");
            let context = if *lambda_context { " --encryption-context LambdaFunctionName=NAME" } else { "" };
            error(
                "is a variable of the deployment, which is not kept here",
                format!(
                    "encrypt the value, which is read from standard input: aws kms encrypt --key-id {key}{context} \
                     --plaintext fileb:///dev/stdin --query CiphertextBlob --output text; set {variable} to that where \
                     the program is deployed"
                ),
            )
        }
        Address::Value(_) => error("stands in the code", "change it there, and build the program".to_owned()),
        _ => error("is kept by a store of the program's own", "write it with that store's own tools".to_owned()),
    }
}
