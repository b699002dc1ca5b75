//! From a source to the place that can be written, or to what is done instead.

use stage_config_core::PlannedField;
use stage_config_grammar::source::{Address, SecretVersion, Source};

use super::Place;
use super::parameter::ParameterPlace;
use super::sealed::SealedPlace;
use super::secret::SecretPlace;
use crate::problem::Problem;
use crate::session::{OneStage, Session};
use crate::shown;

/// Where Parameter Store shows the secrets of Secrets Manager.
const BRIDGE: &str = "/aws/reference/secretsmanager/";

/// What keeps the versions of a source, whichever of them the source pins.
pub(crate) enum Kept<'a> {
    /// A parameter.
    Parameter { name: String, region: Option<&'a str>, account: Option<String> },
    /// A secret.
    Secret { id: &'a str, region: Option<&'a str>, account: Option<String> },
}

/// The parameter or secret behind a source, if there is one.
pub(crate) fn bare(source: &Source) -> Option<Kept<'_>> {
    let region = source.address.region();
    let account = |arn: &str| arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned);
    match &source.address {
        Address::Parameter { name, .. } => Some(match name.strip_prefix(BRIDGE) {
            Some(id) => Kept::Secret { id, region, account: account(id) },
            None => Kept::Parameter { name: own_name(name), region, account: account(name) },
        }),
        Address::Secret { id, .. } => Some(Kept::Secret { id, region, account: account(id) }),
        _ => None,
    }
}

/// Parameter Store writes by names, and takes no ARN.
fn own_name(name: &str) -> String {
    match name.starts_with("arn:").then(|| name.split_once(":parameter/")).flatten() {
        Some((_, path)) if path.contains('/') => format!("/{path}"),
        Some((_, name)) => name.to_owned(),
        None => name.to_owned(),
    }
}

pub(super) fn of<'a>(session: &'a Session, stage: &'a OneStage, field: &PlannedField) -> Result<Place<'a>, Problem> {
    let Some(source) = field.chain().first() else { return Err(without_source(stage, field)) };
    let key = source.key.clone();
    match (&source.address, bare(source)) {
        (Address::Parameter { name, .. }, _) if is_of_aws(name) => Err(elsewhere(
            stage,
            field,
            "is AWS's own, which nobody else writes",
            "take another source".to_owned(),
        )),
        (Address::Parameter { name, .. }, _) if name.starts_with(BRIDGE) => Err(elsewhere(
            stage,
            field,
            "shows a secret of Secrets Manager, which Parameter Store only reads",
            format!("take `secret:{}` as the source", name.trim_start_matches(BRIDGE)),
        )),
        (Address::Parameter { selector: Some(selector), .. }, _) => Err(elsewhere(
            stage,
            field,
            &format!("pins `{selector}`, and what is written now would be a version after it"),
            "take the pin out of the source; or write the parameter and move its label: aws ssm label-parameter-version"
                .to_owned(),
        )),
        (Address::Secret { version: Some(version), .. }, _) if pins(version) => Err(elsewhere(
            stage,
            field,
            "pins a version, and what is written now would be the current one",
            "take the pin out of the source; or move the stage: aws secretsmanager update-secret-version-stage"
                .to_owned(),
        )),
        (_, Some(Kept::Parameter { name, region, account })) => {
            Ok(Place::Parameter(ParameterPlace { name, region: region.map(str::to_owned), account, key }))
        }
        (_, Some(Kept::Secret { id, region, account })) => {
            let (id, region) = (id.to_owned(), region.map(str::to_owned));
            Ok(Place::Secret(SecretPlace { id, region, account, key }))
        }
        (Address::Sealed { name, stage: own }, None) => {
            SealedPlace::new(session, stage, field, name, own.as_deref(), key.as_deref()).map(Place::Sealed)
        }
        (address, None) => Err(unwritable(stage, field, address)),
    }
}

fn is_of_aws(name: &str) -> bool {
    name.starts_with("/aws/") && !name.starts_with(BRIDGE)
        || name.starts_with("arn:") && name.contains(":parameter/aws/")
}

fn pins(version: &SecretVersion) -> bool {
    *version != SecretVersion::Stage("AWSCURRENT".to_owned())
}

fn without_source(stage: &OneStage, field: &PlannedField) -> Problem {
    let what = format!("`{}` has no source in the stage `{}`", field.path(), stage.name());
    Problem::refused(what).remedy("give the field one: #[stage(STAGE = \"…\")]")
}

fn elsewhere(stage: &OneStage, field: &PlannedField, why: &str, remedy: String) -> Problem {
    let source = field.chain().first().map(|source| shown::of(field, source)).unwrap_or_default();
    Problem::refused(format!("`{}` of the stage `{}`: `{source}` {why}", field.path(), stage.name())).remedy(remedy)
}

/// What is changed where the program is deployed or written.
fn unwritable(stage: &OneStage, field: &PlannedField, address: &Address) -> Problem {
    let of = |why: &str, remedy: String| elsewhere(stage, field, why, remedy);
    match address {
        Address::Env { variable, .. } => of(
            "is a variable of the deployment, which is not kept here",
            format!("set {variable} where the program is deployed (SAM, CDK, Terraform, …), and deploy it"),
        ),
        Address::KmsEnv { variable, lambda_context, key } => {
            let key = key.as_deref().or(stage.settings.kms_key.as_deref()).unwrap_or("KEY");
            let context = if *lambda_context { " --encryption-context LambdaFunctionName=NAME" } else { "" };
            of(
                "is a variable of the deployment, which is not kept here",
                format!(
                    "encrypt the value, which is read from standard input: aws kms encrypt --key-id {key}{context} \
                     --plaintext fileb:///dev/stdin --query CiphertextBlob --output text; set {variable} to that where \
                     the program is deployed"
                ),
            )
        }
        Address::Value(_) => of("stands in the code", "change it there, and build the program".to_owned()),
        _ => of("is kept by a store of the program's own", "write it with that store's own tools".to_owned()),
    }
}
