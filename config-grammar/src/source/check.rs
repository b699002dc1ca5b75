//! The rules for names: those of AWS, of the operating system and of this library.

use super::{SCHEMES, SourceError};
use crate::arn::referenced_secret;

/// The maximum number of characters of a parameter's name. AWS counts the whole name, or the whole
/// ARN.
pub const MAX_PARAMETER: usize = 1011;
/// The maximum number of levels of a parameter's name: the texts between its slashes.
pub const MAX_LEVELS: usize = 15;
const MAX_LABEL: usize = 100;
/// The maximum number of characters of a secret's name, without the rest of its ARN.
pub const MAX_SECRET: usize = 512;
const MAX_APPLICATION: usize = 64;
const MAX_ENVIRONMENT: usize = 64;
const MAX_PROFILE: usize = 128;

/// Checks the name of a custom scheme: `[a-z][a-z0-9-]*`, and neither a built-in scheme nor `arn`.
///
/// # Errors
///
/// Returns a [`SourceError`] if the name is not valid.
pub fn check_scheme(name: &str) -> Result<(), SourceError> {
    if SCHEMES.contains(&name) || name == "arn" {
        return Err(SourceError::new(format!(
            "the scheme `{name}` already exists: choose another name"
        )));
    }
    let is_valid = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_valid || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(SourceError::new(format!(
            "`{name}` is not a valid name for a scheme: expected lowercase letters, digits and \
             `-`, beginning with a letter, as in `vault`"
        )));
    }
    Ok(())
}

/// Returns whether the text before a colon looks like a scheme. This is less strict than
/// [`check_scheme`], so that `SSM:` is recognized as a misspelled scheme.
pub(super) fn looks_like_scheme(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '.'))
}

/// Checks the length of a name or of a whole ARN.
pub(super) fn check_parameter_length(address: &str) -> Result<(), SourceError> {
    check_length(
        address,
        MAX_PARAMETER,
        "the name of a parameter, or its ARN,",
    )
}

/// Checks a parameter's name, such as `/a/b` or `x`. If the parameter refers to a secret
/// (`/aws/reference/secretsmanager/…`), checks the name of the secret, which may begin with `/`.
pub(super) fn check_parameter(name: &str) -> Result<(), SourceError> {
    if let Some(secret) = referenced_secret(name) {
        return check_secret(secret);
    }
    let is_allowed = |c| matches!(c, '.' | '-' | '_' | '/');
    check_characters(name, "the parameter", ", `.`, `-`, `_` and `/`", is_allowed)
        .map_err(|error| explain_star(name).unwrap_or(error))?;
    let levels = match name.strip_prefix('/') {
        Some(levels) => levels,
        None if name.contains('/') => {
            return Err(SourceError::new(format!(
                "a parameter with levels begins with `/`: write `/{name}`"
            )));
        }
        None => name,
    };

    if levels.split('/').any(str::is_empty) {
        return Err(SourceError::new(format!(
            "the parameter `{name}` has an empty level: remove the extra `/`"
        )));
    }

    let count = levels.split('/').count();
    if count > MAX_LEVELS {
        return Err(SourceError::new(format!(
            "the parameter `{name}` has {count} levels: Parameter Store allows {MAX_LEVELS}"
        )));
    }

    let public = name.starts_with("/aws/service/") || name.starts_with("/aws/reference/");
    match find_reserved_prefix(levels) {
        Some(prefix) if !public => Err(SourceError::new(format!(
            "the parameter `{name}` begins with `{prefix}`, which AWS reserves in upper and lower \
             case; only `/aws/service/…` and `/aws/reference/…` may be read"
        ))),
        _ => Ok(()),
    }
}

/// Returns the error for a `*` in a parameter's name.
fn explain_star(name: &str) -> Option<SourceError> {
    name.contains('*').then(|| {
        SourceError::new(format!(
            "the parameter `{name}` contains `*`, which is only allowed as the whole last level: \
             `/payments/dev/*` reads all parameters below `/payments/dev`"
        ))
    })
}

/// Checks the path of parameters, such as `/a/b`.
pub(super) fn check_parameter_path(path: &str) -> Result<(), SourceError> {
    if !path.starts_with('/') {
        return Err(SourceError::new(format!(
            "a path begins with `/`: write `/{path}/*`"
        )));
    }
    if path == "/aws/reference" || path.starts_with("/aws/reference/") {
        return Err(SourceError::new(format!(
            "`{path}/*` cannot be read: a parameter of `/aws/reference/` refers to one secret"
        )));
    }
    check_parameter(path)?;
    check_parameter_length(path)?;
    if path.split('/').skip(1).count() == MAX_LEVELS {
        return Err(SourceError::new(format!(
            "no parameter can be below `{path}`: Parameter Store allows {MAX_LEVELS} levels"
        )));
    }
    Ok(())
}

/// Checks the selector of a parameter: the number of a version, or a label. The selector of a
/// reference to a secret is a staging label, such as `AWSPREVIOUS`, or the ID of a version (user
/// guide of Systems Manager, "Referencing Secrets Manager secrets").
pub(super) fn check_selector(name: &str, selector: &str) -> Result<(), SourceError> {
    let error = |problem: &str| {
        Err(SourceError::new(format!(
            "the selector `:{selector}` {problem}"
        )))
    };
    if selector.is_empty() {
        return error("is empty: write a version such as `:3`, write a label, or remove the `:`");
    }
    if referenced_secret(name).is_some() {
        return check_secret_version(selector);
    }

    if selector.bytes().all(|b| b.is_ascii_digit()) {
        return match selector.parse::<u64>() {
            Ok(1..) => Ok(()),
            _ => error("is not a version: versions start at 1"),
        };
    }

    check_characters(selector, "the label", ", `.`, `-` and `_`", |c| {
        matches!(c, '.' | '-' | '_')
    })?;
    check_length(selector, MAX_LABEL, "a label")?;
    if selector.starts_with(|c: char| c.is_ascii_digit()) {
        return error("is neither a version nor a label: labels do not begin with a digit");
    }

    match find_reserved_prefix(selector) {
        Some(prefix) => error(&format!(
            "is not a label: labels do not begin with `{prefix}`"
        )),
        None => Ok(()),
    }
}

/// Checks a secret's name.
pub(super) fn check_secret(name: &str) -> Result<(), SourceError> {
    if let Some((before, _)) = name.split_once(':') {
        return Err(SourceError::new(format!(
            "the secret `{name}` contains a `:`: write a JSON key as `{before}#key`, a version as \
             `{before}?version_id=…`"
        )));
    }
    // The secrets that AWS services manage have names such as `rds!db-…` and `events!connection/…`.
    check_characters(
        name,
        "the secret",
        ", `/`, `_`, `+`, `=`, `.`, `@`, `!` and `-`",
        |c| matches!(c, '/' | '_' | '+' | '=' | '.' | '@' | '!' | '-'),
    )?;
    check_length(name, MAX_SECRET, "the name of a secret")
}

/// Checks the name or ID of an application of AppConfig (API reference, `CreateApplication`).
pub(super) fn check_application(text: &str) -> Result<(), SourceError> {
    check_app_config_part(text, "the application", MAX_APPLICATION)
}

/// Checks the name or ID of an environment of AppConfig (API reference, `CreateEnvironment`).
pub(super) fn check_environment(text: &str) -> Result<(), SourceError> {
    check_app_config_part(text, "the environment", MAX_ENVIRONMENT)
}

/// Checks the name or ID of a configuration profile (API reference, `CreateConfigurationProfile`).
pub(super) fn check_profile(text: &str) -> Result<(), SourceError> {
    check_app_config_part(text, "the configuration profile", MAX_PROFILE)
}

/// Checks the characters and the length of a name or ID. AppConfig allows any character in a name.
/// A source allows only letters, digits and the characters in the list below. For a resource whose
/// name has another character, the source must contain the ID.
fn check_app_config_part(text: &str, subject: &str, max: usize) -> Result<(), SourceError> {
    check_characters(
        text,
        subject,
        ", `.`, `_`, `-`, `+`, `=`, `@` and `:`",
        |c| matches!(c, '.' | '_' | '-' | '+' | '=' | '@' | ':'),
    )
    .map_err(|error| SourceError::new(format!("{error}; or write its ID instead of its name")))?;
    check_length(text, max, &format!("the name of {subject}"))
}

/// Returns whether a text has the form of the IDs that AppConfig chooses: seven lowercase letters
/// and digits, with at least one of each. A name may have this form too.
#[must_use]
pub fn is_app_config_id(text: &str) -> bool {
    let has = |is_kind: fn(&u8) -> bool| text.bytes().any(|byte| is_kind(&byte));
    text.len() == 7
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// Checks the name of an environment variable: letters, digits and `_`, but no digit at the
/// beginning. Every shell accepts such a name.
///
/// # Errors
///
/// Returns a [`SourceError`] if the name is not valid.
pub fn check_variable(name: &str) -> Result<(), SourceError> {
    check_characters(name, "the environment variable", " and `_`", |c| c == '_')?;
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(SourceError::new(format!(
            "the environment variable `{name}` begins with a digit: no shell can set it"
        )));
    }
    Ok(())
}

/// Checks the name of the stage variable: a valid name that does not begin with `STAGE_CONFIG_`.
/// That prefix is for this library's own variables.
///
/// # Errors
///
/// Returns a [`SourceError`] if the name is not valid.
pub fn check_stage_variable(name: &str) -> Result<(), SourceError> {
    check_variable(name)?;
    if name.starts_with("STAGE_CONFIG_") {
        return Err(SourceError::new(format!(
            "the environment variable `{name}` begins with `STAGE_CONFIG_`, which stage-config \
             reserves for its own variables: choose another name"
        )));
    }
    Ok(())
}

/// The file of a stage's key pair, next to the values that are sealed with it.
pub const SEALED_KEY_FILE: &str = "stage.key";

/// Checks a sealed value's name: letters, digits, `.`, `-` and `_`, but no `.` or `-` at the
/// beginning, and not the name of the key pair's file.
///
/// # Errors
///
/// Returns a [`SourceError`] if the name is not valid.
pub fn check_sealed_name(name: &str) -> Result<(), SourceError> {
    check_characters(name, "the sealed file", ", `.`, `-` and `_`", |c| {
        matches!(c, '.' | '-' | '_')
    })?;
    if name.starts_with(['.', '-']) {
        return Err(SourceError::new(format!(
            "the sealed file `{name}` must begin with a letter, a digit or `_`"
        )));
    }
    // Some file systems ignore case.
    if name.eq_ignore_ascii_case(SEALED_KEY_FILE) {
        return Err(SourceError::new(format!(
            "`{SEALED_KEY_FILE}` is the file of the stage's key pair: give the value another name"
        )));
    }
    Ok(())
}

/// Checks the characters of the KMS key in `?key=`: an ID, an alias, or an ARN of either.
pub(super) fn check_kms_key(key: &str) -> Result<(), SourceError> {
    check_characters(key, "the KMS key", ", `:`, `/`, `_` and `-`", |c| {
        matches!(c, ':' | '/' | '_' | '-')
    })
}

/// Checks the characters of the version of a secret: the value of `?version_id=` or
/// `?version_stage=`, or the selector of a reference to a secret.
pub(super) fn check_secret_version(version: &str) -> Result<(), SourceError> {
    check_characters(
        version,
        "the version",
        ", `/`, `_`, `+`, `=`, `.`, `@` and `-`",
        |c| matches!(c, '/' | '_' | '+' | '=' | '.' | '@' | '-'),
    )
}

fn find_reserved_prefix(name: &str) -> Option<&'static str> {
    let begins = |prefix: &&str| {
        name.get(..3)
            .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
    };
    ["aws", "ssm"].into_iter().find(begins)
}

/// Checks that a text is not empty and consists of letters, digits, and the characters that
/// `is_other` accepts. The message appends `others` to "letters, digits".
fn check_characters(
    text: &str,
    subject: &str,
    others: &str,
    is_other: fn(char) -> bool,
) -> Result<(), SourceError> {
    if text.is_empty() {
        return Err(SourceError::new(format!("{subject} has an empty name")));
    }
    match text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !is_other(*c))
    {
        Some(invalid) => Err(SourceError::new(format!(
            "{subject} `{text}` contains {invalid:?}: only ASCII letters, digits{others} are \
             allowed"
        ))),
        None => Ok(()),
    }
}

fn check_length(text: &str, max: usize, subject: &str) -> Result<(), SourceError> {
    let length = text.chars().count();
    if length > max {
        return Err(SourceError::new(format!(
            "{subject} has at most {max} characters, this one has {length}"
        )));
    }
    Ok(())
}
