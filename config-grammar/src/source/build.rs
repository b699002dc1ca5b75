//! Converts the parts of a text to a typed source, and checks them.

use super::parts::{Scheme, SourceParts};
use super::{Address, SecretVersion, Source, SourceError, check, check_arn};
use crate::arn::{Arn, is_arn};
use crate::stage::check_name;
use crate::suggest::format_expected;

pub(super) fn build_source(parts: &SourceParts<'_>) -> Result<Source, SourceError> {
    let options = SourceOptions(&parts.options);
    let address = match parts.scheme {
        Scheme::Ssm => match parts.address.strip_suffix("/*") {
            Some(path) => build_parameter_path(path, parts.key.as_deref(), options),
            None => build_parameter(&parts.address, options),
        },
        Scheme::Secret => build_secret(&parts.address, options),
        Scheme::AppConfig => build_app_config(&parts.address, options),
        Scheme::KmsEnv => build_kms_env(&parts.address, options),
        Scheme::Sealed => build_sealed(&parts.address, options),
        Scheme::Env => build_env(&parts.address, options),
        Scheme::Value => Ok(Address::Value(parts.address.clone().into_owned())),
        Scheme::Custom(scheme) => build_custom(scheme, &parts.address, options),
    }?;
    Ok(Source {
        address,
        key: parts.key.as_deref().map(str::to_owned),
    })
}

/// The options of one text. Duplicates have already been refused.
#[derive(Clone, Copy)]
struct SourceOptions<'t>(&'t [(&'t str, &'t str)]);

impl<'t> SourceOptions<'t> {
    fn check_known(self, scheme: &str, known: &[&str]) -> Result<Self, SourceError> {
        match self.0.iter().find(|(name, _)| !known.contains(name)) {
            Some((name, _)) if known.is_empty() => Err(SourceError::new(format!(
                "unknown option `{name}`: `{scheme}:` has no options"
            ))),
            Some((name, _)) => Err(SourceError::new(format!(
                "unknown option `{name}` of `{scheme}:`; {}",
                format_expected(name, known)
            ))),
            None => Ok(self),
        }
    }

    fn get(self, name: &str) -> Option<&'t str> {
        self.0
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| *value)
    }

    /// Returns whether an option is set. `only` is the only value that the option may have.
    fn is_set(self, name: &str, only: &str) -> Result<bool, SourceError> {
        match self.get(name) {
            None => Ok(false),
            Some(value) if value == only => Ok(true),
            Some(value) => Err(SourceError::new(format!(
                "`{name}={value}` is unknown; expected `{name}={only}`"
            ))),
        }
    }

    /// Returns `region=`, which must not contradict the ARN.
    fn parse_region(self, address: &str) -> Result<Option<String>, SourceError> {
        let Some(region) = self.get("region") else {
            return Ok(None);
        };
        check_arn::check_region(region)?;
        match Arn::parse(address).and_then(|arn| arn.region) {
            Some(other) if other != region => Err(SourceError::new(format!(
                "`region={region}` contradicts the ARN, which names `{other}`: remove the option"
            ))),
            _ => Ok(Some(region.to_owned())),
        }
    }

    /// Returns `role=`.
    fn parse_role(self) -> Result<Option<String>, SourceError> {
        let role = self.get("role");
        role.map(|role| check_arn::check_role(role).map(|()| role.to_owned()))
            .transpose()
    }
}

fn build_parameter(address: &str, options: SourceOptions<'_>) -> Result<Address, SourceError> {
    let options = options.check_known("ssm", &["region", "role"])?;
    let (name, selector) = if is_arn(address) {
        let form = "arn:aws:ssm:REGION:ACCOUNT:parameter/NAME";
        let resource = check_arn::parse_resource(address, "ssm", form)?;
        let path = resource.strip_prefix("parameter/").ok_or_else(|| {
            SourceError::new(format!(
                "`{resource}` in the ARN is not a parameter; expected `{form}`"
            ))
        })?;
        let (path, selector) = split_selector(path);
        check::check_parameter(&format!("/{path}"))?;
        let selector_length = selector.map_or(0, |selector| selector.len() + 1);
        (&address[..address.len() - selector_length], selector)
    } else {
        let (name, selector) = split_selector(address);
        if let (Some(_), Some(selector)) = (name.strip_suffix("/*"), selector) {
            return Err(SourceError::new(format!(
                "a path has no versions: remove `:{selector}`"
            )));
        }
        check::check_parameter(name)?;
        (name, selector)
    };

    check::check_parameter_length(name)?;
    selector.map_or(Ok(()), |selector| check::check_selector(name, selector))?;
    let region = options.parse_region(address)?;
    Ok(Address::Parameter {
        name: name.to_owned(),
        selector: selector.map(str::to_owned),
        region,
        role: options.parse_role()?,
    })
}

/// Builds the address of all parameters below `path`.
fn build_parameter_path(
    path: &str,
    key: Option<&str>,
    options: SourceOptions<'_>,
) -> Result<Address, SourceError> {
    let options = options.check_known("ssm", &["region", "role"])?;
    if let Some(key) = key {
        return Err(SourceError::new(format!(
            "`{path}/*` reads a map, which has no `#key`: to read one parameter, write \
             `{path}/{key}`"
        )));
    }
    if is_arn(path) {
        return Err(SourceError::new(format!(
            "Parameter Store reads a path by its name, not by an ARN: write `/NAME/*` instead of \
             `{path}/*`"
        )));
    }
    if path.is_empty() {
        return Err(SourceError::new(
            "`/*` would read every parameter of the account: name a path, as in `/payments/dev/*`",
        ));
    }
    check::check_parameter_path(path)?;
    Ok(Address::ParameterPath {
        path: path.to_owned(),
        region: options.parse_region(path)?,
        role: options.parse_role()?,
    })
}

fn split_selector(text: &str) -> (&str, Option<&str>) {
    text.split_once(':')
        .map_or((text, None), |(name, selector)| (name, Some(selector)))
}

fn build_secret(id: &str, options: SourceOptions<'_>) -> Result<Address, SourceError> {
    let options =
        options.check_known("secret", &["region", "role", "version_stage", "version_id"])?;
    if is_arn(id) {
        let form = "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME";
        let resource = check_arn::parse_resource(id, "secretsmanager", form)?;
        let name = resource.strip_prefix("secret:").ok_or_else(|| {
            SourceError::new(format!(
                "`{resource}` in the ARN is not a secret; expected `{form}`"
            ))
        })?;
        check::check_secret(name)?;
    } else {
        check::check_secret(id)?;
    }

    let version = match (options.get("version_stage"), options.get("version_id")) {
        (Some(_), Some(_)) => {
            return Err(SourceError::new(
                "`version_stage` and `version_id` exclude each other: keep one",
            ));
        }
        (Some(stage), None) => Some(SecretVersion::Stage(stage.to_owned())),
        (None, Some(id)) => Some(SecretVersion::Id(id.to_owned())),
        (None, None) => None,
    };

    if let Some(SecretVersion::Stage(version) | SecretVersion::Id(version)) = &version {
        check::check_secret_version(version)?;
    }

    Ok(Address::Secret {
        id: id.to_owned(),
        version,
        region: options.parse_region(id)?,
        role: options.parse_role()?,
    })
}

fn build_app_config(address: &str, options: SourceOptions<'_>) -> Result<Address, SourceError> {
    let options = options.check_known("appconfig", &["region", "role"])?;
    let parts: Vec<&str> = address.split('/').collect();
    let &[application, environment, profile] = parts.as_slice() else {
        return Err(SourceError::new(format!(
            "expected `appconfig:APPLICATION/ENVIRONMENT/PROFILE`, but `{address}` does not have \
             three parts; if the name of a part contains a `/`, write the ID of that part instead"
        )));
    };

    check::check_application(application)?;
    check::check_environment(environment)?;
    check::check_profile(profile)?;
    Ok(Address::AppConfig {
        application: application.to_owned(),
        environment: environment.to_owned(),
        profile: profile.to_owned(),
        region: options.parse_region(address)?,
        role: options.parse_role()?,
    })
}

fn build_kms_env(variable: &str, options: SourceOptions<'_>) -> Result<Address, SourceError> {
    let options = options.check_known("kms-env", &["context", "key"])?;
    check::check_variable(variable)?;
    let lambda_context = options.is_set("context", "lambda")?;
    let key = options.get("key");
    if let Some(key) = key {
        check::check_kms_key(key)?;
        if is_arn(key) {
            check_arn::parse_resource(key, "kms", "arn:aws:kms:REGION:ACCOUNT:key/ID")?;
        }
    }
    Ok(Address::KmsEnv {
        variable: variable.to_owned(),
        lambda_context,
        key: key.map(str::to_owned),
    })
}

fn build_sealed(address: &str, options: SourceOptions<'_>) -> Result<Address, SourceError> {
    options.check_known("sealed", &[])?;
    let (stage, name) = match address.split_once('/') {
        Some((stage, name)) => (Some(stage), name),
        None => (None, address),
    };
    if let Some(stage) = stage {
        check_name(stage).map_err(|error| {
            SourceError::new(format!(
                "{error}; expected `sealed:NAME` or `sealed:STAGE/NAME`"
            ))
        })?;
    }
    check::check_sealed_name(name)?;
    Ok(Address::Sealed {
        name: name.to_owned(),
        stage: stage.map(str::to_owned),
    })
}

fn build_env(variable: &str, options: SourceOptions<'_>) -> Result<Address, SourceError> {
    let options = options.check_known("env", &["plaintext"])?;
    check::check_variable(variable)?;
    Ok(Address::Env {
        variable: variable.to_owned(),
        plaintext_allowed: options.is_set("plaintext", "allow")?,
    })
}

fn build_custom(
    scheme: &str,
    address: &str,
    options: SourceOptions<'_>,
) -> Result<Address, SourceError> {
    // The value of a placeholder may contain a character of the grammar. Refuse such a character,
    // because the text in errors and reports must parse again.
    if let Some(invalid) = address.chars().find(|c| matches!(c, '?' | '#' | '{' | '}')) {
        return Err(SourceError::new(format!(
            "`{invalid}` is not allowed in the address `{address}`"
        )));
    }
    let options = options
        .0
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Ok(Address::Custom {
        scheme: scheme.to_owned(),
        address: address.to_owned(),
        options,
    })
}
