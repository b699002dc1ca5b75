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
        let place = [("region", self.own_region()), ("role", self.role())];
        match self {
            Self::Parameter { name, selector, .. } => {
                // A name that begins with `/`, and an ARN, need no scheme.
                let scheme = if name.starts_with('/') || is_arn(name) {
                    ""
                } else {
                    "ssm:"
                };
                write!(f, "{scheme}{name}")?;
                selector
                    .iter()
                    .try_for_each(|selector| write!(f, ":{selector}"))?;
                write_options(f, &place)
            }
            Self::ParameterPath { path, .. } => {
                write!(f, "{path}/*")?;
                write_options(f, &place)
            }
            Self::Secret { id, version, .. } => {
                write!(f, "secret:{id}")?;
                let version = match version {
                    Some(SecretVersion::Stage(stage)) => ("version_stage", Some(stage.as_str())),
                    Some(SecretVersion::Id(id)) => ("version_id", Some(id.as_str())),
                    None => ("version_id", None),
                };
                write_options(f, &[version, place[0], place[1]])
            }
            Self::AppConfig {
                application,
                environment,
                profile,
                ..
            } => {
                write!(f, "appconfig:{application}/{environment}/{profile}")?;
                write_options(f, &place)
            }
            Self::Custom {
                scheme,
                address,
                options,
            } => {
                write!(f, "{scheme}:{address}")?;
                let options = options.iter();
                let options = options.map(|(name, value)| (name.as_str(), Some(value.as_str())));
                write_options(f, &options.collect::<Vec<_>>())
            }
            Self::KmsEnv { .. } | Self::Sealed { .. } | Self::Env { .. } | Self::Value(_) => {
                fmt_local(self, f)
            }
        }
    }
}

/// Writes an address that names a variable or a file of the package, or that contains the value.
fn fmt_local(address: &Address, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match address {
        Address::KmsEnv {
            variable,
            lambda_context,
            key,
        } => {
            write!(f, "kms-env:{variable}")?;
            let context = lambda_context.then_some("lambda");
            write_options(f, &[("context", context), ("key", key.as_deref())])
        }
        Address::Sealed { name, stage: None } => write!(f, "sealed:{name}"),
        Address::Sealed {
            name,
            stage: Some(stage),
        } => write!(f, "sealed:{stage}/{name}"),
        Address::Env {
            variable,
            plaintext_allowed,
        } => {
            write!(f, "env:{variable}")?;
            write_options(f, &[("plaintext", plaintext_allowed.then_some("allow"))])
        }
        Address::Value(text) => write!(f, "value:{text}"),
        Address::Parameter { .. }
        | Address::ParameterPath { .. }
        | Address::Secret { .. }
        | Address::AppConfig { .. }
        | Address::Custom { .. } => Ok(()),
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
