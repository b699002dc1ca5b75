//! Parts → the typed source, everything checked.

use super::parts::{Parts, Scheme};
use super::{Address, SecretVersion, Source, SourceError, arn, check};
use crate::stage::check_name;
use crate::suggest::expected_one_of;

pub(super) fn source(parts: &Parts<'_>) -> Result<Source, SourceError> {
    let options = Options(&parts.options);
    let address = match parts.scheme {
        Scheme::Ssm => parameter(&parts.address, options),
        Scheme::Secret => secret(&parts.address, options),
        Scheme::KmsEnv => kms_env(&parts.address, options),
        Scheme::Sealed => sealed(&parts.address, options),
        Scheme::Env => env(&parts.address, options),
        Scheme::Value => Ok(Address::Value(parts.address.clone().into_owned())),
        Scheme::Custom(scheme) => custom(scheme, &parts.address, options),
    }?;
    Ok(Source { address, key: parts.key.as_deref().map(str::to_owned) })
}

/// The options of one text; that none is named twice is checked already.
#[derive(Clone, Copy)]
struct Options<'t>(&'t [(&'t str, &'t str)]);

impl<'t> Options<'t> {
    fn expect(self, scheme: &str, known: &[&str]) -> Result<Self, SourceError> {
        match self.0.iter().find(|(name, _)| !known.contains(name)) {
            Some((name, _)) if known.is_empty() => {
                Err(SourceError::new(format!("unknown option `{name}`: `{scheme}:` has no options")))
            }
            Some((name, _)) => Err(SourceError::new(format!(
                "unknown option `{name}` of `{scheme}:`; {}",
                expected_one_of(name, known)
            ))),
            None => Ok(self),
        }
    }

    fn get(self, name: &str) -> Option<&'t str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// An option that has one possible value.
    fn is(self, name: &str, only: &str) -> Result<bool, SourceError> {
        match self.get(name) {
            None => Ok(false),
            Some(value) if value == only => Ok(true),
            Some(value) => Err(SourceError::new(format!("`{name}={value}` is unknown; expected `{name}={only}`"))),
        }
    }

    /// `region=`, which must not contradict the ARN.
    fn region(self, address: &str) -> Result<Option<String>, SourceError> {
        let Some(region) = self.get("region") else { return Ok(None) };
        arn::check_region(region)?;
        match arn::region_of(address) {
            Some(other) if other != region => Err(SourceError::new(format!(
                "`region={region}` contradicts the ARN, which names `{other}`: leave the option out"
            ))),
            _ => Ok(Some(region.to_owned())),
        }
    }
}

fn parameter(address: &str, options: Options<'_>) -> Result<Address, SourceError> {
    let options = options.expect("ssm", &["region"])?;
    let (name, selector) = if arn::is_arn(address) {
        let form = "arn:aws:ssm:REGION:ACCOUNT:parameter/NAME";
        let resource = arn::resource(address, "ssm", form)?;
        let path = resource
            .strip_prefix("parameter/")
            .ok_or_else(|| SourceError::new(format!("`{resource}` in the ARN is no parameter; expected `{form}`")))?;
        let (path, selector) = split_selector(path);
        check::parameter(&format!("/{path}"))?;
        let selector_length = selector.map_or(0, |selector| selector.len() + 1);
        (&address[..address.len() - selector_length], selector)
    } else {
        let (name, selector) = split_selector(address);
        check::parameter(name)?;
        (name, selector)
    };
    check::parameter_length(name)?;
    selector.map_or(Ok(()), check::selector)?;
    let region = options.region(address)?;
    Ok(Address::Parameter { name: name.to_owned(), selector: selector.map(str::to_owned), region })
}

fn split_selector(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(name, selector)| (name, Some(selector)))
}

fn secret(id: &str, options: Options<'_>) -> Result<Address, SourceError> {
    let options = options.expect("secret", &["region", "version_stage", "version_id"])?;
    if arn::is_arn(id) {
        let form = "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME";
        let resource = arn::resource(id, "secretsmanager", form)?;
        let name = resource
            .strip_prefix("secret:")
            .ok_or_else(|| SourceError::new(format!("`{resource}` in the ARN is no secret; expected `{form}`")))?;
        check::secret(name)?;
    } else {
        check::secret(id)?;
    }
    let version = match (options.get("version_stage"), options.get("version_id")) {
        (Some(_), Some(_)) => {
            return Err(SourceError::new("`version_stage` and `version_id` exclude each other: keep one"));
        }
        (Some(stage), None) => Some(SecretVersion::Stage(stage.to_owned())),
        (None, Some(id)) => Some(SecretVersion::Id(id.to_owned())),
        (None, None) => None,
    };
    if let Some(SecretVersion::Stage(version) | SecretVersion::Id(version)) = &version {
        check::secret_version(version)?;
    }
    Ok(Address::Secret { id: id.to_owned(), version, region: options.region(id)? })
}

fn kms_env(variable: &str, options: Options<'_>) -> Result<Address, SourceError> {
    let options = options.expect("kms-env", &["context", "key"])?;
    check::check_variable(variable)?;
    let lambda_context = options.is("context", "lambda")?;
    let key = options.get("key");
    if let Some(key) = key {
        check::kms_key(key)?;
        if arn::is_arn(key) {
            arn::resource(key, "kms", "arn:aws:kms:REGION:ACCOUNT:key/ID")?;
        }
    }
    Ok(Address::KmsEnv { variable: variable.to_owned(), lambda_context, key: key.map(str::to_owned) })
}

fn sealed(address: &str, options: Options<'_>) -> Result<Address, SourceError> {
    options.expect("sealed", &[])?;
    let (stage, name) = match address.split_once('/') {
        Some((stage, name)) => (Some(stage), name),
        None => (None, address),
    };
    if let Some(stage) = stage {
        check_name(stage)
            .map_err(|error| SourceError::new(format!("{error}; expected `sealed:NAME` or `sealed:STAGE/NAME`")))?;
    }
    check::check_sealed(name)?;
    Ok(Address::Sealed { name: name.to_owned(), stage: stage.map(str::to_owned) })
}

fn env(variable: &str, options: Options<'_>) -> Result<Address, SourceError> {
    let options = options.expect("env", &["plaintext"])?;
    check::check_variable(variable)?;
    Ok(Address::Env { variable: variable.to_owned(), plaintext_allowed: options.is("plaintext", "allow")? })
}

fn custom(scheme: &str, address: &str, options: Options<'_>) -> Result<Address, SourceError> {
    // A placeholder's value may have brought one in; the text that errors and reports show must read back.
    if let Some(stray) = address.chars().find(|c| matches!(c, '?' | '#' | '{' | '}')) {
        return Err(SourceError::new(format!("`{stray}` is not allowed in the address `{address}`")));
    }
    let options = options.0.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Address::Custom { scheme: scheme.to_owned(), address: address.to_owned(), options })
}
