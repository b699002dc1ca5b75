//! The sources of values: `[scheme:]address[?option=value&…][#json.key]`.

mod build;
mod check;
mod check_arn;
mod display;
mod error;
mod parts;
mod placeholders;
#[cfg(test)]
mod tests;

use crate::arn::{Arn, is_arn, referenced_secret};

pub use self::check::{
    MAX_LEVELS, MAX_PARAMETER, MAX_SECRET, SEALED_KEY_FILE, check_scheme, check_sealed_name,
    check_stage_variable, check_variable, is_app_config_id,
};
pub use self::error::SourceError;
pub use self::placeholders::Placeholders;

/// The built-in schemes, which need no declaration.
pub const SCHEMES: [&str; 7] = [
    "ssm",
    "secret",
    "appconfig",
    "kms-env",
    "sealed",
    "env",
    "value",
];

/// One source of a value.
///
/// ```
/// use stage_config_grammar::source::{Address, SecretVersion, Source};
///
/// let source = Source::parse("secret:prod/db?version_stage=AWSPREVIOUS#password", &[])?;
/// assert_eq!(source.key.as_deref(), Some("password"));
/// assert_eq!(source.address, Address::Secret {
///     id: "prod/db".to_owned(),
///     version: Some(SecretVersion::Stage("AWSPREVIOUS".to_owned())),
///     region: None,
///     role: None,
/// });
/// # Ok::<(), stage_config_grammar::source::SourceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    /// The address to fetch.
    pub address: Address,
    /// The key in the JSON object at the address, as a dotted path. Never set for an
    /// [`Address::ParameterPath`] or an [`Address::Value`].
    pub key: Option<String>,
}

/// A source without its key: the scheme, the name that a store looks up, and the options.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// `ssm:`, a parameter of Parameter Store.
    Parameter {
        /// The name or ARN, without the selector.
        name: String,
        /// The number or label of a version. If the parameter refers to a secret: the ID or the
        /// staging label of a version.
        selector: Option<String>,
        /// `?region=`.
        region: Option<String>,
        /// `?role=`, the role that is assumed to read the value.
        role: Option<String>,
    },
    /// `ssm:/a/b/*`, all parameters below a path of Parameter Store, at any depth.
    ParameterPath {
        /// The path, as in `/a/b`.
        path: String,
        /// `?region=`.
        region: Option<String>,
        /// `?role=`, the role that is assumed to read the value.
        role: Option<String>,
    },
    /// `secret:`, a secret of Secrets Manager.
    Secret {
        /// The name or ARN.
        id: String,
        /// `?version_stage=` or `?version_id=`.
        version: Option<SecretVersion>,
        /// `?region=`.
        region: Option<String>,
        /// `?role=`, the role that is assumed to read the value.
        role: Option<String>,
    },
    /// `appconfig:`, the deployed configuration of one profile of AppConfig.
    AppConfig {
        /// The name or ID of the application.
        application: String,
        /// The name or ID of the environment.
        environment: String,
        /// The name or ID of the configuration profile.
        profile: String,
        /// `?region=`.
        region: Option<String>,
        /// `?role=`, the role that is assumed to read the value.
        role: Option<String>,
    },
    /// `kms-env:`, a KMS ciphertext in an environment variable.
    KmsEnv {
        /// The variable.
        variable: String,
        /// `?context=lambda`: the encryption context is that of the Lambda console.
        lambda_context: bool,
        /// `?key=`: the only KMS key that may have encrypted the value.
        key: Option<String>,
    },
    /// `sealed:`, an encrypted file in the package.
    Sealed {
        /// The file's name.
        name: String,
        /// The stage whose file is read; `None` means the stage that is loaded.
        stage: Option<String>,
    },
    /// `env:`, a plain environment variable.
    Env {
        /// The variable.
        variable: String,
        /// `?plaintext=allow`: the variable may contain a secret in plain text.
        plaintext_allowed: bool,
    },
    /// `value:`, a literal text.
    Value(String),
    /// A custom scheme, for which the program provides a store.
    Custom {
        /// The scheme.
        scheme: String,
        /// The address, which only the store understands.
        address: String,
        /// The options, in the order of the text.
        options: Vec<(String, String)>,
    },
}

/// A version of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretVersion {
    /// The version with this staging label, such as `AWSPREVIOUS`.
    Stage(String),
    /// The version with this ID.
    Id(String),
}

/// Returns whether a text names all parameters below a path. The text may contain placeholders.
///
/// ```
/// use stage_config_grammar::source::names_path;
///
/// assert!(names_path("/shop/{stage}/limits/*") && names_path("ssm:/shop/*?region=eu-central-1"));
/// assert!(!names_path("/shop/{stage}/limits") && !names_path("value:/*"));
/// ```
#[must_use]
pub fn names_path(source: &str) -> bool {
    let (address, _) = source.split_once('?').unwrap_or((source, ""));
    address
        .strip_prefix("ssm:")
        .unwrap_or(address)
        .starts_with('/')
        && address.ends_with("/*")
}

impl Source {
    /// Parses a text without placeholders.
    ///
    /// # Errors
    ///
    /// Returns a [`SourceError`] if the text is not a valid source.
    pub fn parse(text: &str, custom_schemes: &[&str]) -> Result<Self, SourceError> {
        Self::resolve(text, &Placeholders::default(), custom_schemes)
    }

    /// Parses a text, and replaces its placeholders.
    ///
    /// ```
    /// use stage_config_grammar::source::{Placeholders, Source};
    ///
    /// let at = Placeholders { stage: Some("dev"), field: Some(&["mail", "host"]), app: None };
    /// assert_eq!(Source::resolve("/shop/{stage}/{field}", &at, &[])?.to_string(), "/shop/dev/mail/host");
    /// assert_eq!(Source::resolve("secret:shop/{stage}#{field}", &at, &[])?.to_string(), "secret:shop/dev#mail.host");
    /// # Ok::<(), stage_config_grammar::source::SourceError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns a [`SourceError`] if the text is not a valid source, or if a placeholder is unknown
    /// or has no value.
    pub fn resolve(
        text: &str,
        placeholders: &Placeholders<'_>,
        custom_schemes: &[&str],
    ) -> Result<Self, SourceError> {
        let parts = parts::SourceParts::split(text, custom_schemes)?;
        build::build_source(&placeholders::fill(parts, placeholders)?)
    }
}

impl Address {
    /// Returns the scheme: one of [`SCHEMES`], or the name of a custom scheme.
    #[must_use]
    pub fn scheme(&self) -> &str {
        match self {
            Self::Parameter { .. } | Self::ParameterPath { .. } => "ssm",
            Self::Secret { .. } => "secret",
            Self::AppConfig { .. } => "appconfig",
            Self::KmsEnv { .. } => "kms-env",
            Self::Sealed { .. } => "sealed",
            Self::Env { .. } => "env",
            Self::Value(_) => "value",
            Self::Custom { scheme, .. } => scheme,
        }
    }

    /// Returns the region that the address names, in `?region=` or in an ARN.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        let arn = match self {
            Self::KmsEnv { key, .. } => key.as_deref(),
            _ => self.arn(),
        };
        self.own_region().or_else(|| Arn::parse(arn?)?.region)
    }

    /// Returns the region in `?region=`.
    fn own_region(&self) -> Option<&str> {
        match self {
            Self::Parameter { region, .. }
            | Self::ParameterPath { region, .. }
            | Self::Secret { region, .. }
            | Self::AppConfig { region, .. } => region.as_deref(),
            Self::KmsEnv { .. }
            | Self::Sealed { .. }
            | Self::Env { .. }
            | Self::Value(_)
            | Self::Custom { .. } => None,
        }
    }

    /// Returns the role in `?role=`, which is assumed to read the value.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::Parameter { role, .. }
            | Self::ParameterPath { role, .. }
            | Self::Secret { role, .. }
            | Self::AppConfig { role, .. } => role.as_deref(),
            Self::KmsEnv { .. }
            | Self::Sealed { .. }
            | Self::Env { .. }
            | Self::Value(_)
            | Self::Custom { .. } => None,
        }
    }

    /// Returns the ARN of the parameter or secret, if the address is an ARN.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Parameter { name: address, .. } | Self::Secret { id: address, .. } => {
                Some(address.as_str()).filter(|address| is_arn(address))
            }
            _ => None,
        }
    }

    /// Returns the IDs of the application, the environment and the profile of an `appconfig:`
    /// address, for a command or an ARN in a message. If the address has a name instead of an ID,
    /// the result has a word such as `PROFILE_ID`, which the user must replace with the ID. Returns
    /// `None` for any other address.
    #[must_use]
    pub fn app_config_ids(&self) -> Option<[&str; 3]> {
        let Self::AppConfig {
            application,
            environment,
            profile,
            ..
        } = self
        else {
            return None;
        };
        let id_or = |text, placeholder| {
            if is_app_config_id(text) {
                text
            } else {
                placeholder
            }
        };
        Some([
            id_or(application, "APPLICATION_ID"),
            id_or(environment, "ENVIRONMENT_ID"),
            id_or(profile, "PROFILE_ID"),
        ])
    }

    /// Returns whether a read of the address may send a request. A read of `env:` or `value:` never
    /// sends a request.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        !matches!(self, Self::Env { .. } | Self::Value(_))
    }

    /// Returns whether a service of AWS has the value: Parameter Store, Secrets Manager or
    /// AppConfig. The credentials and the region of the reader may then decide which value is read.
    #[must_use]
    pub fn is_in_service(&self) -> bool {
        match self {
            Self::Parameter { .. }
            | Self::ParameterPath { .. }
            | Self::Secret { .. }
            | Self::AppConfig { .. } => true,
            Self::KmsEnv { .. }
            | Self::Sealed { .. }
            | Self::Env { .. }
            | Self::Value(_)
            | Self::Custom { .. } => false,
        }
    }

    /// Returns whether every value at the address is a secret, as for `secret:`, `kms-env:`,
    /// `sealed:`, and a parameter that refers to a secret.
    #[must_use]
    pub fn keeps_secrets(&self) -> bool {
        match self {
            Self::Secret { .. } | Self::KmsEnv { .. } | Self::Sealed { .. } => true,
            Self::Parameter { name, .. } => referenced_secret(name).is_some(),
            Self::ParameterPath { .. }
            | Self::AppConfig { .. }
            | Self::Env { .. }
            | Self::Value(_)
            | Self::Custom { .. } => false,
        }
    }
}
