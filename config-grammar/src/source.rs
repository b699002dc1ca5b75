//! Where a value is kept: `[scheme:]address[?option=value&…][#json.key]`.

mod build;
mod check;
mod check_arn;
mod error;
mod parts;
mod placeholders;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::arn::{Arn, is_arn};

pub use self::check::{SEALED_KEY_FILE, check_scheme, check_sealed_name, check_stage_variable, check_variable};
pub use self::error::SourceError;
pub use self::placeholders::Placeholders;

/// The schemes that need no declaration.
pub const SCHEMES: [&str; 6] = ["ssm", "secret", "kms-env", "sealed", "env", "value"];

/// One place that keeps a value.
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
/// });
/// # Ok::<(), stage_config_grammar::source::SourceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    /// What to fetch.
    pub address: Address,
    /// The key, a dotted path, of the JSON object that is kept there; never with [`Address::Value`].
    pub key: Option<String>,
}

/// What to fetch, scheme and options included.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// `ssm:`, a parameter of Parameter Store.
    Parameter {
        /// Its name or ARN, without the selector.
        name: String,
        /// A version's number or label.
        selector: Option<String>,
        /// `?region=`.
        region: Option<String>,
    },
    /// `secret:`, a secret of Secrets Manager.
    Secret {
        /// Its name or ARN.
        id: String,
        /// `?version_stage=` or `?version_id=`.
        version: Option<SecretVersion>,
        /// `?region=`.
        region: Option<String>,
    },
    /// `kms-env:`, a KMS ciphertext in an environment variable.
    KmsEnv {
        /// The variable.
        variable: String,
        /// `?context=lambda`: the context is the one of Lambda's console.
        lambda_context: bool,
        /// `?key=`: the only KMS key that may decrypt it.
        key: Option<String>,
    },
    /// `sealed:`, an encrypted file beside the code.
    Sealed {
        /// The file's name.
        name: String,
        /// The stage it was sealed for, where the text names one; otherwise the one that runs.
        stage: Option<String>,
    },
    /// `env:`, a plain environment variable.
    Env {
        /// The variable.
        variable: String,
        /// `?plaintext=allow`: a secret may stand in it.
        plaintext_allowed: bool,
    },
    /// `value:`, the text itself.
    Value(String),
    /// A scheme that the program brings a store for.
    Custom {
        /// The scheme.
        scheme: String,
        /// What its store makes something of.
        address: String,
        /// In the order of the text.
        options: Vec<(String, String)>,
    },
}

/// Which version of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretVersion {
    /// The one with this staging label, as `AWSPREVIOUS`.
    Stage(String),
    /// The one with this id.
    Id(String),
}

impl Source {
    /// Reads a text without placeholders.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, what was expected, and how to mend it.
    pub fn parse(text: &str, custom_schemes: &[&str]) -> Result<Self, SourceError> {
        Self::resolve(text, &Placeholders::default(), custom_schemes)
    }

    /// Puts the placeholders' values in their places, and reads the text.
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
    /// As [`Source::parse`], and for a placeholder that has no value.
    pub fn resolve(text: &str, placeholders: &Placeholders<'_>, custom_schemes: &[&str]) -> Result<Self, SourceError> {
        let parts = parts::SourceParts::split(text, custom_schemes)?;
        build::build_source(&placeholders::fill(parts, placeholders)?)
    }
}

impl Address {
    /// `ssm`, `secret`, `kms-env`, `sealed`, `env`, `value`, or the name of a custom one.
    #[must_use]
    pub fn scheme(&self) -> &str {
        match self {
            Self::Parameter { .. } => "ssm",
            Self::Secret { .. } => "secret",
            Self::KmsEnv { .. } => "kms-env",
            Self::Sealed { .. } => "sealed",
            Self::Env { .. } => "env",
            Self::Value(_) => "value",
            Self::Custom { scheme, .. } => scheme,
        }
    }

    /// The region that the text names, by `?region=` or in an ARN.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        match self {
            Self::Parameter { name: address, region, .. } | Self::Secret { id: address, region, .. } => {
                region.as_deref().or_else(|| Arn::parse(address)?.region)
            }
            Self::KmsEnv { key, .. } => Arn::parse(key.as_deref()?)?.region,
            Self::Sealed { .. } | Self::Env { .. } | Self::Value(_) | Self::Custom { .. } => None,
        }
    }

    /// The ARN that the text names.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Parameter { name: address, .. } | Self::Secret { id: address, .. } => {
                Some(address.as_str()).filter(|address| is_arn(address))
            }
            _ => None,
        }
    }

    /// Whether reading it takes more than this process: all but `env:` and `value:`.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        !matches!(self, Self::Env { .. } | Self::Value(_))
    }

    /// Whether whatever is kept there is a secret: `secret:`, `kms-env:` and `sealed:`.
    #[must_use]
    pub fn keeps_secrets(&self) -> bool {
        matches!(self, Self::Secret { .. } | Self::KmsEnv { .. } | Self::Sealed { .. })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        self.key.iter().try_for_each(|key| write!(f, "#{key}"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { name, selector, region } => {
                // A path and an ARN say by themselves what they are.
                let scheme = if name.starts_with('/') || is_arn(name) { "" } else { "ssm:" };
                write!(f, "{scheme}{name}")?;
                selector.iter().try_for_each(|selector| write!(f, ":{selector}"))?;
                write_options(f, &[("region", region.as_deref())])
            }
            Self::Secret { id, version, region } => {
                write!(f, "secret:{id}")?;
                let version = match version {
                    Some(SecretVersion::Stage(stage)) => ("version_stage", Some(stage.as_str())),
                    Some(SecretVersion::Id(id)) => ("version_id", Some(id.as_str())),
                    None => ("version_id", None),
                };
                write_options(f, &[version, ("region", region.as_deref())])
            }
            Self::KmsEnv { variable, lambda_context, key } => {
                write!(f, "kms-env:{variable}")?;
                write_options(f, &[("context", lambda_context.then_some("lambda")), ("key", key.as_deref())])
            }
            Self::Sealed { name, stage: None } => write!(f, "sealed:{name}"),
            Self::Sealed { name, stage: Some(stage) } => write!(f, "sealed:{stage}/{name}"),
            Self::Env { variable, plaintext_allowed } => {
                write!(f, "env:{variable}")?;
                write_options(f, &[("plaintext", plaintext_allowed.then_some("allow"))])
            }
            Self::Value(text) => write!(f, "value:{text}"),
            Self::Custom { scheme, address, options } => {
                write!(f, "{scheme}:{address}")?;
                let options: Vec<_> =
                    options.iter().map(|(name, value)| (name.as_str(), Some(value.as_str()))).collect();
                write_options(f, &options)
            }
        }
    }
}

fn write_options(f: &mut fmt::Formatter<'_>, options: &[(&str, Option<&str>)]) -> fmt::Result {
    let given = options.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    for (index, (name, value)) in given.enumerate() {
        write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
    }
    Ok(())
}
