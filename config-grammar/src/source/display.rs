//! Writes a source as text, which parses to the same source.

use std::fmt;

use super::{Address, SecretVersion, Source};
use crate::arn::is_arn;

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        self.key.iter().try_for_each(|key| write!(f, "#{key}"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter {
                name,
                selector,
                region,
                role,
            } => {
                // A path and an ARN need no scheme.
                let scheme = if name.starts_with('/') || is_arn(name) {
                    ""
                } else {
                    "ssm:"
                };
                write!(f, "{scheme}{name}")?;
                selector
                    .iter()
                    .try_for_each(|selector| write!(f, ":{selector}"))?;
                write_options(
                    f,
                    &[("region", region.as_deref()), ("role", role.as_deref())],
                )
            }
            Self::ParameterPath { path, region, role } => {
                write!(f, "{path}/*")?;
                write_options(
                    f,
                    &[("region", region.as_deref()), ("role", role.as_deref())],
                )
            }
            Self::Secret {
                id,
                version,
                region,
                role,
            } => {
                write!(f, "secret:{id}")?;
                let version = match version {
                    Some(SecretVersion::Stage(stage)) => ("version_stage", Some(stage.as_str())),
                    Some(SecretVersion::Id(id)) => ("version_id", Some(id.as_str())),
                    None => ("version_id", None),
                };
                write_options(
                    f,
                    &[
                        version,
                        ("region", region.as_deref()),
                        ("role", role.as_deref()),
                    ],
                )
            }
            Self::AppConfig {
                application,
                environment,
                profile,
                region,
                role,
            } => {
                write!(f, "appconfig:{application}/{environment}/{profile}")?;
                write_options(
                    f,
                    &[("region", region.as_deref()), ("role", role.as_deref())],
                )
            }
            Self::KmsEnv {
                variable,
                lambda_context,
                key,
            } => {
                write!(f, "kms-env:{variable}")?;
                write_options(
                    f,
                    &[
                        ("context", lambda_context.then_some("lambda")),
                        ("key", key.as_deref()),
                    ],
                )
            }
            Self::Sealed { name, stage: None } => write!(f, "sealed:{name}"),
            Self::Sealed {
                name,
                stage: Some(stage),
            } => write!(f, "sealed:{stage}/{name}"),
            Self::Env {
                variable,
                plaintext_allowed,
            } => {
                write!(f, "env:{variable}")?;
                write_options(f, &[("plaintext", plaintext_allowed.then_some("allow"))])
            }
            Self::Value(text) => write!(f, "value:{text}"),
            Self::Custom {
                scheme,
                address,
                options,
            } => {
                write!(f, "{scheme}:{address}")?;
                let options: Vec<_> = options
                    .iter()
                    .map(|(name, value)| (name.as_str(), Some(value.as_str())))
                    .collect();
                write_options(f, &options)
            }
        }
    }
}

fn write_options(f: &mut fmt::Formatter<'_>, options: &[(&str, Option<&str>)]) -> fmt::Result {
    let present = options
        .iter()
        .filter_map(|(name, value)| Some((name, (*value)?)));
    for (index, (name, value)) in present.enumerate() {
        write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
    }
    Ok(())
}
