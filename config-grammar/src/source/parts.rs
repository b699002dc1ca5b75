//! Splits the text of a source at its scheme, `?`, `&` and `#`, before the contents of the parts
//! are checked.

use std::borrow::Cow;

use super::{SCHEMES, SourceError, check};
use crate::arn::{Arn, is_arn};
use crate::suggest::{find_closest, format_list};

/// For some schemes, other names that users may write instead, without hyphens. `find_closest` does
/// not find the right scheme for these names, because they differ too much from it, or resemble
/// another scheme more.
const COMMON_NAMES: [(&str, &[&str]); 4] = [
    (
        "ssm",
        &["param", "parameter", "parameterstore", "ssmparameter"],
    ),
    ("secret", &["asm", "secretmanager", "secretsmanager"]),
    ("kms-env", &["kms"]),
    ("env", &["environment"]),
];

/// The parts of `scheme:address?options#key`.
#[derive(Debug)]
pub(super) struct SourceParts<'t> {
    pub(super) scheme: Scheme<'t>,
    pub(super) address: Cow<'t, str>,
    pub(super) options: Vec<(&'t str, &'t str)>,
    pub(super) key: Option<Cow<'t, str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme<'t> {
    Ssm,
    Secret,
    AppConfig,
    KmsEnv,
    Sealed,
    Env,
    Value,
    Custom(&'t str),
}

impl<'t> SourceParts<'t> {
    pub(super) fn split(text: &'t str, custom_schemes: &[&str]) -> Result<Self, SourceError> {
        let (scheme, rest) = split_scheme(text, custom_schemes)?;
        if scheme == Scheme::Value {
            return Ok(Self {
                scheme,
                address: rest.into(),
                options: Vec::new(),
                key: None,
            });
        }

        let (rest, key) = match rest.split_once('#') {
            Some((rest, key)) => (rest, Some(check_key(key)?.into())),
            None => (rest, None),
        };

        let (address, options) = match rest.split_once('?') {
            Some((address, options)) => (address, split_options(options)?),
            None => (rest, Vec::new()),
        };

        if address.is_empty() {
            let example = scheme.example();
            return Err(SourceError::new(format!(
                "nothing follows the scheme: write it as in `{example}`"
            )));
        }

        Ok(Self {
            scheme,
            address: address.into(),
            options,
            key,
        })
    }
}

impl Scheme<'_> {
    fn example(self) -> Cow<'static, str> {
        match self {
            Self::Ssm => "ssm:/payments/dev/table".into(),
            Self::Secret => "secret:dev/db".into(),
            Self::AppConfig => "appconfig:payments/dev/flags".into(),
            Self::KmsEnv => "kms-env:STRIPE_KEY".into(),
            Self::Sealed => "sealed:stripe_key".into(),
            Self::Env => "env:LOG_LEVEL".into(),
            Self::Value => "value:debug".into(),
            Self::Custom(name) => format!("{name}:address").into(),
        }
    }
}

fn split_scheme<'t>(
    text: &'t str,
    custom_schemes: &[&str],
) -> Result<(Scheme<'t>, &'t str), SourceError> {
    if text.is_empty() {
        return Err(SourceError::new(
            "the source is empty: write it as in `/payments/dev/table`",
        ));
    }

    if text.starts_with('/') {
        return Ok((Scheme::Ssm, text));
    }

    if is_arn(text) {
        return match Arn::parse(text).map(|arn| arn.service) {
            // Report an incomplete ARN as an invalid parameter.
            Some("ssm") | None => Ok((Scheme::Ssm, text)),
            Some("secretsmanager") => Err(SourceError::new(format!(
                "the ARN of a secret needs its scheme: write `secret:{text}`"
            ))),
            _ => Err(SourceError::new(
                "this ARN does not name a parameter: expected `arn:aws:ssm:…:parameter/…`, or \
                 `secret:` before the ARN of a secret",
            )),
        };
    }

    let (name, rest) = text.split_once(':').filter(|(name, _)| check::looks_like_scheme(name)).ok_or_else(|| {
        let parameter = if text.contains('/') { format!("/{text}") } else { format!("ssm:{text}") };
        SourceError::new(format!(
            "`{text}` has no scheme: write `{parameter}` for a parameter of Parameter Store, or \
             `value:{text}` for the text itself"
        ))
    })?;

    let scheme = match name {
        "ssm" => Scheme::Ssm,
        "secret" => Scheme::Secret,
        "appconfig" => Scheme::AppConfig,
        "kms-env" => Scheme::KmsEnv,
        "sealed" => Scheme::Sealed,
        "env" => Scheme::Env,
        "value" => Scheme::Value,
        _ if custom_schemes.contains(&name) => Scheme::Custom(name),
        _ => return Err(unknown_scheme_error(name, rest, custom_schemes)),
    };

    Ok((scheme, rest))
}

fn unknown_scheme_error(name: &str, rest: &str, custom_schemes: &[&str]) -> SourceError {
    let known: Vec<&str> = SCHEMES.iter().chain(custom_schemes).copied().collect();
    let custom_scheme = name.to_ascii_lowercase();
    let meant = find_by_common_name(name).or_else(|| find_closest(name, known.iter().copied()));
    let hint = match meant {
        Some(known_name) => format!("did you mean `{known_name}:`?"),
        None if rest.starts_with("//") => {
            format!(
                "write `value:{name}:{rest}` for the text itself, or declare your own scheme with \
                 `#[config(schemes(\"{custom_scheme}\"))]`"
            )
        }
        None => format!("declare your own scheme with `#[config(schemes(\"{custom_scheme}\"))]`"),
    };
    SourceError::new(format!(
        "unknown scheme `{name}:`; expected one of {}; {hint}",
        format_list(&known)
    ))
}

/// Returns the scheme that `name` means, if `name` is one of [`COMMON_NAMES`].
fn find_by_common_name(name: &str) -> Option<&'static str> {
    let name = name.replace('-', "").to_ascii_lowercase();
    let mut schemes = COMMON_NAMES.iter();
    let found = schemes.find(|(_, names)| names.contains(&name.as_str()));
    found.map(|(scheme, _)| *scheme)
}

/// Checks a key. Everything after `#` is the key, so an option after `#` would become a part of the
/// key. A key that contains an option is therefore refused.
fn check_key(key: &str) -> Result<&str, SourceError> {
    if key.is_empty() {
        return Err(SourceError::new(
            "nothing follows `#`: name the JSON key, as in `#password`, or remove the `#`",
        ));
    }
    match key.split_once('?') {
        Some((key, options)) if options.contains('=') => Err(SourceError::new(format!(
            "options come before the key: write `?{options}#{key}`"
        ))),
        _ => Ok(key),
    }
}

fn split_options(text: &str) -> Result<Vec<(&str, &str)>, SourceError> {
    let mut options: Vec<(&str, &str)> = Vec::new();
    for option in text.split('&') {
        let (name, value) = option
            .split_once('=')
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .ok_or_else(|| {
                SourceError::new(format!(
                    "`{option}` is not an option: write `?name=value`, and join several with `&`"
                ))
            })?;
        if let Some(invalid) = option.chars().find(|c| matches!(c, '{' | '}')) {
            return Err(SourceError::new(format!(
                "`{invalid}` in the option `{name}`: placeholders are not allowed in options, only \
                 in the address and the #key"
            )));
        }
        if options.iter().any(|(other, _)| *other == name) {
            return Err(SourceError::new(format!(
                "the option `{name}` is given twice: keep one"
            )));
        }
        options.push((name, value));
    }

    Ok(options)
}
