//! Finds the parameter, the secret or the sealed file that `set` writes for a source. If `set` does
//! not write the source, finds the reason.

use stage_config_core::{Diagnostic, Help, PlannedField};
use stage_config_grammar::arn::{Arn, is_arn, parameter_path};
use stage_config_grammar::shell::{aws_command, pipe_typed_line, quote};
use stage_config_grammar::source::{Address, SecretVersion, Source};

use super::parameter::ParameterTarget;
use super::sealed::SealedTarget;
use super::secret::SecretTarget;
use super::{ADD_SOURCE, WriteTarget};
use crate::error::CliError;
use crate::invocation;
use crate::parameter_class::ParameterClass;
use crate::redact;
use crate::session::{Session, StageSession};

/// The parameter or secret of a source, without the version that the source may pin.
pub(crate) enum VersionedSource<'a> {
    Parameter {
        name: String,
        region: Option<&'a str>,
        account: Option<String>,
    },
    Secret {
        id: &'a str,
        region: Option<&'a str>,
        account: Option<String>,
    },
}

/// Returns the parameter or secret that a source reads with the credentials of the command, or
/// `None` for any other source.
pub(crate) fn to_versioned_source(source: &Source) -> Option<VersionedSource<'_>> {
    if source.address.role().is_some() {
        return None;
    }
    let region = source.address.region();
    let account = |id: &str| Arn::parse(id)?.account.map(str::to_owned);
    match &source.address {
        Address::Parameter { name, .. } => Some(match ParameterClass::from_name(name) {
            ParameterClass::Secret(id) => VersionedSource::Secret {
                id,
                region,
                account: account(id),
            },
            _ => VersionedSource::Parameter {
                name: to_parameter_name(name),
                region,
                account: account(name),
            },
        }),
        Address::Secret { id, .. } => Some(VersionedSource::Secret {
            id,
            region,
            account: account(id),
        }),
        _ => None,
    }
}

/// Returns the name of a parameter. Parameter Store writes by name and does not accept an ARN.
fn to_parameter_name(name: &str) -> String {
    match parameter_path(name) {
        path if is_arn(name) && path.contains('/') => format!("/{path}"),
        path if is_arn(name) => path.to_owned(),
        _ => name.to_owned(),
    }
}

/// A source that `cargo stage set` writes.
pub(crate) enum WritableSource<'a> {
    /// A parameter or a secret.
    Versioned(VersionedSource<'a>),
    /// The parameters below a path. `set` writes each parameter by its key.
    Path,
    /// The sealed file of this name, and the stage if the source names one.
    Sealed(&'a str, Option<&'a str>),
}

impl WritableSource<'_> {
    /// Returns whether `set` can create the value. `set` cannot create a secret that the source
    /// names by its ARN, because Secrets Manager chooses the ARN of a new secret.
    pub(crate) fn can_be_created(&self) -> bool {
        !matches!(
            self,
            Self::Versioned(VersionedSource::Secret {
                account: Some(_),
                ..
            })
        )
    }

    /// Returns the help that runs `command`, which writes this source. A sealed file has an effect
    /// only after the next build.
    pub(crate) fn to_help(&self, purpose: &str, command: String) -> Help {
        match (self, purpose) {
            (Self::Versioned(_) | Self::Path, _) => Help::run_to(purpose, command),
            (Self::Sealed(..), "") => Help::run_to("before the next build", command),
            (Self::Sealed(..), _) => {
                Help::run_to(format!("{purpose}, before the next build"), command)
            }
        }
    }
}

/// The reason why `cargo stage set` does not write a source, with the help for the user.
pub(crate) type Unwritable = Diagnostic<()>;

fn new_unwritable(reason: impl Into<String>, help: impl Into<Help>) -> Unwritable {
    Unwritable::new((), "", reason, help)
}

/// Returns the source as a source that `cargo stage set` can write. To write a sealed file, the
/// command also needs the package.
///
/// # Errors
///
/// Returns the reason and the help if `set` does not write the source. `kms_key` is the key in the
/// help for a `kms-env:` source that names no key.
pub(crate) fn find_writable<'a>(
    source: &'a Source,
    stage: &str,
    kms_key: Option<&str>,
) -> Result<WritableSource<'a>, Unwritable> {
    if let Some(role) = source.address.role() {
        return Err(new_unwritable(
            format!("is read through the role {role}, with which `cargo stage` does not write"),
            "write it with credentials of the role's account and the tools of AWS",
        ));
    }
    if let Address::Parameter { name, .. } = &source.address {
        match ParameterClass::from_name(name) {
            ParameterClass::Own => {}
            ParameterClass::Public => {
                return Err(new_unwritable(
                    "belongs to AWS and cannot be written",
                    "use another source",
                ));
            }
            ParameterClass::Secret(secret) => {
                return Err(new_unwritable(
                    "shows a secret of Secrets Manager, which Parameter Store only reads",
                    format!("take `secret:{secret}` as the source"),
                ));
            }
        }
    }
    match &source.address {
        Address::Parameter {
            selector: Some(selector),
            ..
        } => Err(new_unwritable(
            format!("pins `{selector}`, and a write would create a later version"),
            "remove the pin from the source; or write the parameter and move its label: aws ssm \
             label-parameter-version",
        )),
        Address::Secret {
            version: Some(version),
            ..
        } if is_pinned(version) => Err(new_unwritable(
            "pins a version, and a write would create the current version",
            "remove the pin from the source; or move the staging label: aws secretsmanager \
             update-secret-version-stage",
        )),
        Address::ParameterPath { path, .. } => match ParameterClass::from_name(path) {
            ParameterClass::Public => Err(new_unwritable(
                "belongs to AWS and cannot be written",
                "use another source",
            )),
            _ => Ok(WritableSource::Path),
        },
        Address::Sealed {
            name,
            stage: named_stage,
        } => match &source.key {
            None => Ok(WritableSource::Sealed(name, named_stage.as_deref())),
            Some(key) => Err(new_unwritable(
                format!("is written as a whole, and its key `{key}` cannot be written alone"),
                Help::run(format!(
                    "{} --overwrite < FILE",
                    invocation::field_command(
                        "seal",
                        name,
                        named_stage.as_deref().unwrap_or(stage)
                    )
                )),
            )),
        },
        address => match to_versioned_source(source) {
            Some(versioned) => Ok(WritableSource::Versioned(versioned)),
            None => Err(unwritable_address(address, kms_key)),
        },
    }
}

/// Returns what `verb` changes for a field.
pub(super) fn find_target<'a>(
    verb: &str,
    session: &'a Session,
    stage: &'a StageSession,
    field: &PlannedField,
) -> Result<WriteTarget<'a>, CliError> {
    let Some(source) = field.chain().first() else {
        return Err(no_source_error(stage, field));
    };
    let key = source.key.clone();
    match find_writable(source, stage.name(), stage.settings.kms_key.as_deref()) {
        Err(unwritable) => Err(not_written_error(stage, field, source, unwritable)),
        Ok(WritableSource::Versioned(VersionedSource::Parameter {
            name,
            region,
            account,
        })) => Ok(WriteTarget::Parameter(ParameterTarget {
            name,
            region: region.map(str::to_owned),
            account,
            key,
        })),
        Ok(WritableSource::Versioned(VersionedSource::Secret {
            id,
            region,
            account,
        })) => {
            let (id, region) = (id.to_owned(), region.map(str::to_owned));
            Ok(WriteTarget::Secret(SecretTarget {
                id,
                region,
                account,
                key,
            }))
        }
        Ok(WritableSource::Path) => Err(path_error(verb, stage, field, source)),
        Ok(WritableSource::Sealed(name, named_stage)) => {
            SealedTarget::new(session, stage, field, name, named_stage).map(WriteTarget::Sealed)
        }
    }
}

fn is_pinned(version: &SecretVersion) -> bool {
    *version != SecretVersion::Stage("AWSCURRENT".to_owned())
}

/// Returns the error for a field without a source in this stage.
pub(crate) fn no_source_error(stage: &StageSession, field: &PlannedField) -> CliError {
    if field.spec().compose.is_some() {
        let parts: Vec<String> = field.parts().map(|part| format!("`{part}`")).collect();
        let message = format!("`{}` is composed of {}", field.path(), parts.join(", "));
        return CliError::failed(message).with_help("write its parts");
    }
    let message = format!(
        "`{}` has no source in the stage `{}`",
        field.path(),
        stage.name()
    );
    CliError::failed(message).with_help(ADD_SOURCE)
}

/// Returns the error for a field that reads a path, if the command names none of its parameters.
fn path_error(verb: &str, stage: &StageSession, field: &PlannedField, source: &Source) -> CliError {
    let message =
        format!("`{source}` reads all parameters below a path: name the key of one of them");
    let command = invocation::path_command(verb, field.path(), invocation::ANY_KEY, stage.name());
    CliError::failed(message)
        .for_field(field.path(), stage.name())
        .with_help(Help::run(command))
}

fn not_written_error(
    stage: &StageSession,
    field: &PlannedField,
    source: &Source,
    unwritable: Unwritable,
) -> CliError {
    let source = redact::display_source(source);
    CliError::failed(format!("`{source}` {}", unwritable.detail))
        .within(&format!(
            "`{}` of the stage `{}`",
            field.path(),
            stage.name()
        ))
        .with_help(unwritable.help)
}

/// Returns the reason and the help for a source that `set` never writes: its value must be changed
/// in the deployment, in AppConfig, in the code, or in a store of the program's own.
fn unwritable_address(address: &Address, kms_key: Option<&str>) -> Unwritable {
    let aws = |command: &str| aws_command(command, address.region());
    match address {
        Address::Env { variable, .. } => new_unwritable(
            "is a variable of the deployment, which `cargo stage` does not set",
            format!(
                "set {variable} where the program is deployed (SAM, CDK, Terraform, …), and deploy \
                 it"
            ),
        ),
        Address::AppConfig { .. } => {
            let [application, environment, profile] = address.app_config_ids().unwrap_or_default();
            let create = Help::run_to(
                "create a version of the whole configuration from standard input",
                aws(&format!(
                    "appconfig create-hosted-configuration-version --application-id {application} \
                     --configuration-profile-id {profile} --content-type application/json \
                     --content fileb:///dev/stdin /dev/null"
                )),
            );
            let deploy = Help::run_to(
                "deploy it, or an older version",
                aws(&format!(
                    "appconfig start-deployment --application-id {application} --environment-id \
                     {environment} --configuration-profile-id {profile} --configuration-version \
                     VERSION --deployment-strategy-id AppConfig.AllAtOnce"
                )),
            );
            new_unwritable(
                "changes by a deployment of AppConfig, which `cargo stage` does not start",
                create.also(deploy),
            )
        }
        Address::KmsEnv {
            variable,
            lambda_context,
            key,
        } => {
            let key = key.as_deref().or(kms_key).unwrap_or("KEY");
            let context = if *lambda_context {
                " --encryption-context LambdaFunctionName=NAME"
            } else {
                ""
            };
            new_unwritable(
                "is a variable of the deployment, which `cargo stage` does not set",
                Help::run_to(
                    format!(
                        "set {variable}, where the program is deployed, to the output of this \
                         command, which waits until you type the value"
                    ),
                    pipe_typed_line(&aws(&format!(
                        "kms encrypt --key-id {}{context} --plaintext fileb:///dev/stdin --query \
                         CiphertextBlob --output text",
                        quote(key)
                    ))),
                ),
            )
        }
        Address::Value(_) => {
            new_unwritable("is in the code", "change it there, and build the program")
        }
        _ => new_unwritable(
            "is kept by one of the program's own stores",
            "write it with that store's own tools",
        ),
    }
}
