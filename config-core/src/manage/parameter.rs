//! Operations on one parameter: look it up, write it, delete it.

use super::{ADD_OVERWRITE, AwsContext, ManageError, clients::new_write_error};
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

/// A parameter, with its text if requested.
pub struct ParameterInfo {
    /// The version.
    pub version: i64,
    /// The type.
    pub kind: ParameterKind,
    /// The data type that Parameter Store checks new values against: `text`, `integer`,
    /// `aws:ec2:image`, ….
    pub data_type: Option<String>,
    /// The time at which this version was written, in seconds since 1970.
    pub written_at: Option<i64>,
    /// The decrypted text. `None` if the caller did not request it.
    pub text: Option<Zeroizing<String>>,
}

/// The type of a parameter. It cannot change while the parameter exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A plain text.
    String,
    /// Items separated by commas, not encrypted.
    StringList,
    /// An encrypted text.
    SecureString,
}

/// A parameter to write.
pub struct NewParameter<'a> {
    /// The name, which must not be an ARN.
    pub name: &'a str,
    /// The region, if it differs from that of the [`AwsContext`].
    pub region: Option<&'a str>,
    /// The text.
    pub text: &'a str,
    /// The type. If the parameter already exists, `kind` must equal its type.
    pub kind: ParameterKind,
    /// The KMS key of a SecureString. The default is the AWS managed key, `alias/aws/ssm`.
    pub kms_key: Option<&'a str>,
    /// The data type that Parameter Store checks the text against; see [`choose_data_type`].
    pub data_type: Option<&'a str>,
    /// Whether to replace an existing parameter.
    pub overwrite: bool,
    /// Whether to use the advanced tier. It costs money, and a parameter cannot return to the
    /// standard tier.
    pub advanced: bool,
}

/// The result of writing a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenParameter {
    /// The new version.
    pub version: i64,
    /// The data type, if Parameter Store refused it and the parameter was written without it.
    pub refused_data_type: Option<String>,
}

const PUT: &str = "ssm:PutParameter";

impl ParameterKind {
    /// Returns the name that AWS uses.
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
    /// Looks up a parameter by name, like a load, with `ssm:GetParameters`. Returns `None` if it
    /// does not exist.
    ///
    /// The answer of AWS contains the value, encrypted if the parameter is a SecureString and
    /// `with_text` is not set. Without `with_text` the value is wiped.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn describe_parameter(
        &self,
        name: &str,
        region: Option<&str>,
        with_text: bool,
    ) -> Result<Option<ParameterInfo>, ManageError> {
        self.find_parameter(name, name, region, with_text).await
    }

    /// Returns one version of a parameter with its text, with `ssm:GetParameters`. Returns `None`
    /// if the parameter or the version does not exist.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn fetch_parameter_version(
        &self,
        name: &str,
        region: Option<&str>,
        version: i64,
    ) -> Result<Option<ParameterInfo>, ManageError> {
        let found = self
            .find_parameter(name, &format!("{name}:{version}"), region, true)
            .await?;
        // A server that does not support versions answers with the latest one.
        Ok(found.filter(|found| found.version == version))
    }

    async fn find_parameter(
        &self,
        name: &str,
        selected: &str,
        region: Option<&str>,
        with_text: bool,
    ) -> Result<Option<ParameterInfo>, ManageError> {
        let call = self
            .parameter_store_client(region)?
            .get_parameters()
            .names(selected)
            .with_decryption(with_text);
        let answer = call.send().await.map_err(|error| {
            ManageError::from_outcome("ssm:GetParameters", name, classify(&error))
        })?;
        let found = answer
            .parameters
            .unwrap_or_default()
            .into_iter()
            .find(|parameter| parameter.name() == Some(name));
        Ok(found.map(|mut found| {
            let text = found.value.take().map(Zeroizing::new).filter(|_| with_text);
            let kind = ParameterKind::from_aws(found.r#type());
            let data_type = found.data_type.filter(|data_type| is_data_type(data_type));
            let written_at = found.last_modified_date.map(|date| date.secs());
            ParameterInfo {
                version: found.version,
                kind,
                data_type,
                written_at,
                text,
            }
        }))
    }

    /// Writes a parameter with `ssm:PutParameter`.
    ///
    /// If Parameter Store refuses the data type, the call is repeated without the data type.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network. Returns an error if the parameter exists and
    /// `overwrite` is not set.
    pub async fn put_parameter(
        &self,
        new: &NewParameter<'_>,
    ) -> Result<WrittenParameter, ManageError> {
        let data_type = new
            .data_type
            .filter(|data_type| *data_type != "text" || new.overwrite);
        let (written, refused_data_type) = match self.put(new, data_type).await {
            Err(PutRefusal::DataType) if data_type.is_some() => {
                (self.put(new, None).await, data_type.map(str::to_owned))
            }
            written => (written, None),
        };
        let written = written.map_err(|refusal| refusal.into_error(new))?;
        Ok(WrittenParameter {
            version: written.version,
            refused_data_type,
        })
    }

    async fn put(
        &self,
        new: &NewParameter<'_>,
        data_type: Option<&str>,
    ) -> Result<PutParameterOutput, PutRefusal> {
        let client = self
            .parameter_store_client(new.region)
            .map_err(PutRefusal::Other)?;
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
            .set_key_id(
                new.kms_key
                    .filter(|_| new.kind == ParameterKind::SecureString)
                    .map(str::to_owned),
            )
            .set_data_type(data_type.map(str::to_owned))
            .set_tier(new.advanced.then_some(ParameterTier::Advanced))
            .overwrite(new.overwrite);
        call.send().await.map_err(|error| {
            let (code, message) = match &error {
                SdkError::ServiceError(context) => (context.err().code(), context.err().message()),
                _ => (None, None),
            };
            // The message may quote the value, so no error may contain the message.
            let is_about_data_type =
                message.is_some_and(|message| message.to_lowercase().contains("data type"));
            if code == Some("ValidationException") && is_about_data_type {
                return PutRefusal::DataType;
            }
            PutRefusal::Other(
                describe_refusal(new, code)
                    .unwrap_or_else(|| new_write_error(PUT, new.name, &error)),
            )
        })
    }

    /// Deletes a parameter with all its versions, with `ssm:DeleteParameter`. Returns `false` if
    /// there is no such parameter.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn delete_parameter(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<bool, ManageError> {
        match self
            .parameter_store_client(region)?
            .delete_parameter()
            .name(name)
            .send()
            .await
        {
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

impl PutRefusal {
    fn into_error(self, new: &NewParameter<'_>) -> ManageError {
        match self {
            Self::DataType => ManageError::new(
                FailureKind::InvalidRequest,
                "",
                format!("{}: {PUT}: AWS refuses the value", new.name),
                "check the parameter's data type and its AllowedPattern",
            ),
            Self::Other(error) => error,
        }
    }
}

/// Returns the error for a known code of `PutParameter`, or `None` for any other code.
fn describe_refusal(new: &NewParameter<'_>, code: Option<&str>) -> Option<ManageError> {
    let name = new.name;
    let (detail, help) = match code? {
        "ParameterAlreadyExists" => (format!("{name} exists"), ADD_OVERWRITE.to_owned()),
        "HierarchyTypeMismatchException" => (
            format!("{name} has another type, which cannot be changed"),
            "remove it and set it again; this also removes its history".to_owned(),
        ),
        "InvalidKeyId" => (
            format!(
                "{name}: the KMS key `{}` cannot be used",
                new.kms_key.unwrap_or("alias/aws/ssm")
            ),
            "name another key: --kms-key, or `kms_key` in [package.metadata.stage.STAGE]"
                .to_owned(),
        ),
        "ParameterMaxVersionLimitExceeded" => (
            format!("{name} has 100 versions, and the oldest one has a label"),
            "move the label to a newer version: aws ssm label-parameter-version".to_owned(),
        ),
        "ParameterLimitExceeded" => (
            format!("{name}: the account has reached its limit of parameters in this region"),
            "remove other parameters, or raise the limit".to_owned(),
        ),
        "ParameterPatternMismatchException" => (
            format!(
                "{name}: Parameter Store refuses the name, or the AllowedPattern refuses the value"
            ),
            "check the name and the value".to_owned(),
        ),
        "TooManyUpdates" => (
            format!("{name} is being written by another caller"),
            "check its value, and try again".to_owned(),
        ),
        _ => return None,
    };
    Some(ManageError::new(
        FailureKind::InvalidRequest,
        "",
        detail,
        help,
    ))
}

/// Returns the data type for a new parameter. Parameter Store then checks later values against it.
/// The page "Parameter data types" of AWS lists the names.
///
/// Parameter Store is stricter than a load, which accepts spaces around a number. So a text that
/// Parameter Store might refuse gets the data type `text`.
#[must_use]
pub fn choose_data_type(kind: Kind, text: &str) -> &'static str {
    let is_json = || serde_json::from_str::<IgnoredAny>(text).is_ok();
    match kind {
        Kind::Integer { .. }
            if text
                .parse::<i64>()
                .is_ok_and(|number| number.to_string() == text) =>
        {
            "integer"
        }
        Kind::Float { .. } if is_json() && text.parse::<f64>().is_ok_and(f64::is_finite) => "float",
        Kind::Bool if matches!(text, "true" | "false") => "boolean",
        Kind::MapOf { .. } | Kind::Object | Kind::Json if is_json() => "json",
        _ => "text",
    }
}

/// Never shows the text.
impl std::fmt::Debug for ParameterInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParameterInfo")
            .field("version", &self.version)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
