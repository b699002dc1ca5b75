//! Parameters, one at a time: whether one is there, and writing it.

use super::{AwsContext, ManageError, clients::new_write_error};
use crate::{
    aws::{classify, grammar::is_data_type},
    failure::FailureKind,
    outcome::Outcome,
    schema::Kind,
};
use aws_sdk_ssm::{
    error::{ProvideErrorMetadata as _, SdkError},
    operation::put_parameter::PutParameterOutput,
    types::{ParameterTier, ParameterType},
};
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

/// What a parameter is, and its text where that was asked for.
pub struct ParameterInfo {
    /// Its version.
    pub version: i64,
    /// Its type.
    pub kind: ParameterKind,
    /// What Parameter Store checks new values for: `text`, `integer`, `aws:ec2:image`, ….
    pub data_type: Option<String>,
    /// Its text, decrypted; `None` where it was not asked for.
    pub text: Option<Zeroizing<String>>,
}

/// The type of a parameter, which it keeps as long as it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A plain text.
    String,
    /// Items between commas, plain.
    StringList,
    /// An encrypted text.
    SecureString,
}

/// A parameter to write.
pub struct NewParameter<'a> {
    /// Its name, which is never an ARN.
    pub name: &'a str,
    /// The region, where it is not the credentials' own.
    pub region: Option<&'a str>,
    /// Its text.
    pub text: &'a str,
    /// Its type. One that is there keeps the type it has.
    pub kind: ParameterKind,
    /// The KMS key of a SecureString; without one it is AWS's own, `alias/aws/ssm`.
    pub kms_key: Option<&'a str>,
    /// What Parameter Store shall check; see [`choose_data_type`].
    pub data_type: Option<&'a str>,
    /// Whether one that is there may be replaced.
    pub overwrite: bool,
    /// Whether it is written in the advanced tier, which costs money, and from which nothing comes back.
    pub advanced: bool,
}

/// What came of writing one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenParameter {
    /// The new version.
    pub version: i64,
    /// The data type that Parameter Store did not know, so that it was written without.
    pub refused_data_type: Option<String>,
}

const PUT: &str = "ssm:PutParameter";

impl ParameterKind {
    /// As AWS calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::SecureString => "SecureString",
        }
    }

    fn from_aws(kind: Option<&ParameterType>) -> Self {
        match kind {
            Some(ParameterType::SecureString) => Self::SecureString,
            Some(ParameterType::StringList) => Self::StringList,
            _ => Self::String,
        }
    }
}

impl AwsContext {
    /// Whether there is such a parameter, and what it is. By name, as a load asks: `ssm:GetParameters`.
    ///
    /// Its value comes along, encrypted where it is a SecureString; it is wiped, unless `with_text`.
    ///
    /// # Errors
    ///
    /// What AWS or the network says.
    pub async fn describe_parameter(
        &self,
        name: &str,
        region: Option<&str>,
        with_text: bool,
    ) -> Result<Option<ParameterInfo>, ManageError> {
        self.find_parameter(name, name, region, with_text).await
    }

    /// One version of a parameter, with its text: `ssm:GetParameters`.
    ///
    /// # Errors
    ///
    /// What AWS or the network says.
    pub async fn fetch_parameter_version(
        &self,
        name: &str,
        region: Option<&str>,
        version: i64,
    ) -> Result<Option<ParameterInfo>, ManageError> {
        let found = self.find_parameter(name, &format!("{name}:{version}"), region, true).await?;
        // A server that knows no versions answers with the latest.
        Ok(found.filter(|found| found.version == version))
    }

    async fn find_parameter(
        &self,
        name: &str,
        selected: &str,
        region: Option<&str>,
        with_text: bool,
    ) -> Result<Option<ParameterInfo>, ManageError> {
        let call = self.parameter_store_client(region)?.get_parameters().names(selected).with_decryption(with_text);
        let answer = call
            .send()
            .await
            .map_err(|error| ManageError::from_outcome("ssm:GetParameters", name, classify(&error)))?;
        let found = answer.parameters.unwrap_or_default().into_iter().find(|one| one.name() == Some(name));
        Ok(found.map(|mut found| {
            let text = found.value.take().map(Zeroizing::new).filter(|_| with_text);
            let kind = ParameterKind::from_aws(found.r#type());
            let data_type = found.data_type.filter(|data_type| is_data_type(data_type));
            ParameterInfo { version: found.version, kind, data_type, text }
        }))
    }

    /// Writes a parameter: `ssm:PutParameter`.
    ///
    /// A Parameter Store that does not know the data type is asked again without, since the value is the same.
    ///
    /// # Errors
    ///
    /// What AWS or the network says; that there is one already, without `overwrite`.
    pub async fn put_parameter(&self, new: &NewParameter<'_>) -> Result<WrittenParameter, ManageError> {
        let data_type = new.data_type.filter(|data_type| *data_type != "text" || new.overwrite);
        match self.put(new, data_type).await {
            Ok(written) => Ok(WrittenParameter { version: written.version, refused_data_type: None }),
            Err(PutRefusal::DataType) => match self.put(new, None).await {
                Ok(written) => {
                    let refused_data_type = data_type.map(str::to_owned);
                    Ok(WrittenParameter { version: written.version, refused_data_type })
                }
                Err(PutRefusal::DataType) => Err(ManageError::new(
                    FailureKind::InvalidRequest,
                    "",
                    format!("{}: {PUT}: AWS refuses the value", new.name),
                    "look at the parameter's data type and its AllowedPattern",
                )),
                Err(PutRefusal::Other(error)) => Err(error),
            },
            Err(PutRefusal::Other(error)) => Err(error),
        }
    }

    async fn put(&self, new: &NewParameter<'_>, data_type: Option<&str>) -> Result<PutParameterOutput, PutRefusal> {
        let client = self.parameter_store_client(new.region).map_err(PutRefusal::Other)?;
        let kind = match new.kind {
            ParameterKind::String => ParameterType::String,
            ParameterKind::StringList => ParameterType::StringList,
            ParameterKind::SecureString => ParameterType::SecureString,
        };
        let call = client
            .put_parameter()
            .name(new.name)
            .value(new.text)
            .r#type(kind)
            .set_key_id(new.kms_key.filter(|_| new.kind == ParameterKind::SecureString).map(str::to_owned))
            .set_data_type(data_type.map(str::to_owned))
            .set_tier(new.advanced.then_some(ParameterTier::Advanced))
            .overwrite(new.overwrite);
        call.send().await.map_err(|error| {
            let (code, message) = match &error {
                SdkError::ServiceError(context) => (context.err().code(), context.err().message()),
                _ => (None, None),
            };
            // Its words may quote the value: they are read, and not shown.
            let of_data_type = message.is_some_and(|message| message.to_lowercase().contains("data type"));
            if code == Some("ValidationException") && of_data_type && data_type.is_some() {
                return PutRefusal::DataType;
            }
            PutRefusal::Other(describe_refusal(new, code).unwrap_or_else(|| new_write_error(PUT, new.name, &error)))
        })
    }

    /// Removes a parameter with all its versions: `ssm:DeleteParameter`. `false` where there is none.
    ///
    /// # Errors
    ///
    /// What AWS or the network says.
    pub async fn delete_parameter(&self, name: &str, region: Option<&str>) -> Result<bool, ManageError> {
        match self.parameter_store_client(region)?.delete_parameter().name(name).send().await {
            Ok(_) => Ok(true),
            Err(error) if matches!(classify(&error), Outcome::Missing) => Ok(false),
            Err(error) => Err(new_write_error("ssm:DeleteParameter", name, &error)),
        }
    }
}

enum PutRefusal {
    DataType,
    Other(ManageError),
}

/// What the codes of `PutParameter` mean, and what mends it.
fn describe_refusal(new: &NewParameter<'_>, code: Option<&str>) -> Option<ManageError> {
    let name = new.name;
    let (what, help) = match code? {
        "ParameterAlreadyExists" => (format!("{name} exists"), "`--overwrite` replaces it".to_owned()),
        "HierarchyTypeMismatchException" => (
            format!("{name} is of another type, which it keeps"),
            "remove it, and set it again: its history goes with it".to_owned(),
        ),
        "InvalidKeyId" => (
            format!("{name}: the KMS key cannot be used: {}", new.kms_key.unwrap_or("alias/aws/ssm")),
            "name another one: --kms-key, or `kms_key` in [package.metadata.stage.STAGE]".to_owned(),
        ),
        "ParameterMaxVersionLimitExceeded" => (
            format!("{name} has 100 versions, the oldest of which has a label"),
            "move the label to a newer version: aws ssm label-parameter-version".to_owned(),
        ),
        "ParameterLimitExceeded" => (
            format!("{name}: the account has as many parameters in this region as it may have"),
            "remove others, or allow more".to_owned(),
        ),
        "ParameterPatternMismatchException" => (
            format!("{name}: Parameter Store does not take the name, or its AllowedPattern not the value"),
            "look at both".to_owned(),
        ),
        "TooManyUpdates" => {
            (format!("{name} is being written by somebody else"), "look at it, and try it again".to_owned())
        }
        _ => return None,
    };
    Some(ManageError::new(FailureKind::InvalidRequest, "", what, help))
}

/// What Parameter Store shall check later values of a field for, by the names in AWS's "Parameter data types". It is stricter
/// than a load, which takes spaces around a number: a text that it might refuse is a plain text to it.
#[must_use]
pub fn choose_data_type(kind: Kind, text: &str) -> &'static str {
    let is_json = || serde_json::from_str::<IgnoredAny>(text).is_ok();
    match kind {
        Kind::Integer { .. } if text.parse::<i64>().is_ok_and(|number| number.to_string() == text) => "integer",
        Kind::Float { .. } if is_json() && text.parse::<f64>().is_ok_and(f64::is_finite) => "float",
        Kind::Bool if matches!(text, "true" | "false") => "boolean",
        Kind::MapOf { .. } | Kind::Object | Kind::Json if is_json() => "json",
        _ => "text",
    }
}

/// Never its text.
impl std::fmt::Debug for ParameterInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parameter").field("version", &self.version).field("kind", &self.kind).finish_non_exhaustive()
    }
}
