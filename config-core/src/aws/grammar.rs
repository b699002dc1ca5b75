//! The forms of AWS's codes and names. An endpoint may send any text, so only a text of a known
//! form is shown.

use stage_config_grammar::arn::{Arn, is_account};
use stage_config_grammar::source::Source;

/// The maximum length of an error code. The calls of this crate return shorter codes. The service
/// models contain longer ones, but only for other calls.
const LONGEST_CODE: usize = 50;

/// The maximum length of an ARN: IAM's own limit (`arnType` of the service model).
const LONGEST_ARN: usize = 2048;

/// AWS's partitions, from the endpoint rules of the SDK.
const PARTITIONS: [&str; 8] = [
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
];

/// Codes that [`is_error_code`] accepts regardless of their ending: AWS's common errors, and errors
/// of the services used here.
const OTHER_CODES: [&str; 22] = [
    "AccessDenied",
    "AuthFailure",
    "ExpiredToken",
    "HierarchyTypeMismatch",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidAction",
    "InvalidClientTokenId",
    "InvalidKeyId",
    "MissingAuthenticationToken",
    "NotAuthorized",
    "OptInRequired",
    "ParameterAlreadyExists",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestThrottled",
    "RequestTimeTooSkewed",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "SlowDown",
    "Throttling",
    "TooManyUpdates",
];

/// Returns whether a text is an error code: one of [`OTHER_CODES`], or at most [`LONGEST_CODE`]
/// letters with an initial capital and an ending that AWS uses. The ending alone is not a code.
pub(crate) fn is_error_code(code: &str) -> bool {
    const ENDS: [&str; 6] = [
        "Exception",
        "Error",
        "Failure",
        "NotFound",
        "Exceeded",
        "Denied",
    ];
    let is_word = code.starts_with(|c: char| c.is_ascii_uppercase())
        && code.bytes().all(|b| b.is_ascii_alphabetic());
    OTHER_CODES.contains(&code)
        || is_word
            && code.len() <= LONGEST_CODE
            && ENDS.iter().any(|end| code.ends_with(end) && code != *end)
}

/// Returns whether a text is the ARN of an account's root user, or of a user, a role or a session.
pub(crate) fn is_principal(text: &str) -> bool {
    let Some(Arn {
        service,
        region: None,
        account: Some(account),
        resource,
        ..
    }) = parse_arn(text)
    else {
        return false;
    };
    let (kind, path) = resource.split_once('/').unwrap_or((resource, ""));
    let is_kind = matches!(kind, "user" | "role" | "assumed-role" | "federated-user");
    matches!(service, "iam" | "sts")
        && is_account(account)
        && (resource == "root" || is_kind && path.split('/').all(is_name))
}

/// Returns whether a text is the ARN of a parameter, a secret, a KMS key or alias, or a
/// configuration of AppConfig.
pub(crate) fn is_resource(text: &str) -> bool {
    let Some(Arn {
        service,
        account,
        resource,
        ..
    }) = parse_arn(text)
    else {
        return false;
    };
    match service {
        "ssm" | "secretsmanager" => {
            let scheme = if service == "ssm" { "ssm" } else { "secret" };
            // The ARN must follow the grammar of a source, without options, key and placeholders.
            !text.contains(['?', '#', '{'])
                && Source::parse(&format!("{scheme}:{text}"), &[]).is_ok()
        }
        "kms" => account.is_some_and(is_account) && is_key_or_alias(resource),
        "appconfig" => account.is_some_and(is_account) && is_configuration(resource),
        _ => false,
    }
}

/// Returns whether a text has the form of a version's label in AppConfig: up to 64 characters (API
/// reference, `CreateHostedConfigurationVersion`). AppConfig allows any character. This function
/// accepts only letters, digits, `.`, `_`, `+` and `-`, because reports show the label.
#[cfg(feature = "appconfig")]
pub(crate) fn is_version_label(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
}

/// Returns whether a text has the form of the id of a secret's version: a UUID, or a caller's
/// `ClientRequestToken` of up to 64 characters.
#[cfg(feature = "secrets-manager")]
pub(crate) fn is_version_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Returns whether a text has the form of a parameter's data type, such as `text` or
/// `aws:ec2:image`.
#[cfg(feature = "manage")]
pub(crate) fn is_data_type(text: &str) -> bool {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b":-".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Parses an ARN. Returns `None` unless it has a known partition, a valid region or none, a
/// resource, and at most [`LONGEST_ARN`] bytes.
fn parse_arn(text: &str) -> Option<Arn<'_>> {
    let arn = Arn::parse(text)?;
    let is_valid = PARTITIONS.contains(&arn.partition)
        && arn.region.is_none_or(is_region)
        && !arn.resource.is_empty()
        && text.len() <= LONGEST_ARN;
    is_valid.then_some(arn)
}

/// Returns whether a text has the form of a region such as `eu-central-1` or `us-gov-west-1`: two
/// to four letters, one or two words, and a number.
fn is_region(text: &str) -> bool {
    let is_word = |word: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_number = |text: &str| {
        (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [prefix, words @ .., number] => {
            is_word(prefix, 2..=4)
                && (1..=2).contains(&words.len())
                && words.iter().all(|word| is_word(word, 2..=9))
                && is_number(number)
        }
        _ => false,
    }
}

/// Returns whether a text follows IAM's rule for names of users, roles and sessions.
fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Returns whether a text is `application/ID/environment/ID/configuration/ID`, with IDs of
/// AppConfig.
fn is_configuration(resource: &str) -> bool {
    let is_id = |text: &str| {
        (4..=7).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let parts: Vec<&str> = resource.split('/').collect();
    matches!(
        parts.as_slice(),
        ["application", application, "environment", environment, "configuration", profile]
            if [application, environment, profile].into_iter().all(|id| is_id(id))
    )
}

fn is_key_or_alias(resource: &str) -> bool {
    let has_only = |text: &str, others: &[u8]| {
        (1..=256).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
    };
    match resource.split_once('/') {
        Some(("key", id)) => has_only(id, b"-") && id.len() <= 64,
        Some(("alias", name)) => has_only(name, b"-_/"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_in_the_form_of_a_code_is_an_error_code() {
        for code in [
            "AccessDeniedException",
            "ThrottlingException",
            "InternalServerError",
            "InternalFailure",
            "DecryptionFailure",
            "ParameterVersionNotFound",
            "ParameterMaxVersionLimitExceeded",
            "HierarchyLevelLimitExceededException",
            "KMSInvalidStateException",
            "InvalidKeyId",
            "ExpiredToken",
            "RequestTimeTooSkewed",
        ] {
            assert!(is_error_code(code), "{code}");
        }

        let long = format!("{}Exception", "Wordy".repeat(10));
        for code in [
            "",
            "x",
            "Exception",
            "hunter",
            "Hunter",
            "HunterException2",
            "hunterException",
            "Hunter2Exception",
            "SkLive4242Error",
            "Hunter Exception",
            "Hunter_Exception",
            "Hunter.Exception",
            "Größe\u{e9}Exception",
            "Hunter\u{1b}Exception",
            "ZxkQWvLpZxkQWvLpZxkQWvLp",
            &"A".repeat(60),
            &long,
        ] {
            assert!(!is_error_code(code), "{code}");
        }
    }

    #[test]
    fn the_arns_of_users_roles_and_sessions_are_principals() {
        for arn in [
            "arn:aws:iam::111122223333:user/anna",
            "arn:aws:iam::111122223333:user/team/payments/anna@example.com",
            "arn:aws:iam::111122223333:root",
            "arn:aws-cn:iam::111122223333:role/service-role/payments",
            "arn:aws:sts::111122223333:assumed-role/payments-prod/payments",
            "arn:aws-us-gov:sts::111122223333:federated-user/anna",
        ] {
            assert!(is_principal(arn) && !is_resource(arn), "{arn}");
        }

        for text in [
            "arn:",
            "arn:hunter2",
            "arn:aws:iam",
            "arn:aws:iam::hunter2:user/anna",
            "arn:aws:iam::111122223333:hunter2",
            "arn:aws:iam::111122223333:user",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:user//anna",
            "arn:aws:iam::111122223333:user/an:na",
            "arn:aws:iam:eu-west-1:111122223333:user/anna",
            "arn:aws:hunter2::111122223333:user/anna",
            "arn:hunter2:iam::111122223333:user/anna",
            "arn:aws-hunter2:iam::111122223333:user/anna",
            "arn:aws:sts::111122223333:assumed-role/a/b\u{202e}",
        ] {
            assert!(!is_principal(text), "{text}");
        }

        assert!(!is_principal(&format!(
            "arn:aws:iam::111122223333:user/{}",
            "a".repeat(129)
        )));
    }

    #[test]
    fn the_arns_of_parameters_secrets_configurations_and_keys_are_resources() {
        for arn in [
            "arn:aws:ssm:eu-west-1:111122223333:parameter/payments/prod/table",
            "arn:aws:secretsmanager:us-gov-west-1:111122223333:secret:prod/db-a1B2c3",
            "arn:aws:appconfig:eu-west-1:111122223333:application/a1b2c3d/environment/e5f6/configuration/i9j0k1l",
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
            "arn:aws:kms:eu-west-1:111122223333:alias/payments/prod",
        ] {
            assert!(is_resource(arn) && !is_principal(arn), "{arn}");
        }

        for text in [
            "arn:",
            "arn:hunter2",
            "arn:aws:ssm:hunter2:111122223333:parameter/a",
            "arn:aws:ssm:eu-west-1:hunter2:parameter/a",
            "arn:aws:ssm:eu-west-1:111122223333:hunter2",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/a//b",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/a?region=eu-west-1",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/a#hunter2",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/{hunter2}",
            "arn:aws:s3:::hunter2",
            "arn:aws:kms:eu-west-1:111122223333:hunter2",
            "arn:aws:kms:eu-west-1:111122223333:key/hunter2!",
            "arn:aws:kms:eu-west-1:hunter2:key/1234",
            "arn:aws:secretsmanager:eu-west-1:111122223333:hunter2",
            "arn:aws:appconfig:eu-west-1:111122223333:application/hunter2",
            "arn:aws:appconfig:eu-west-1:111122223333:application/a1b2c3d/environment/hunter22/configuration/i9j0k1l",
            "arn:aws:appconfig:eu-west-1:hunter2:application/a1b2c3d/environment/e5f6g7h/configuration/i9j0k1l",
        ] {
            assert!(!is_resource(text), "{text}");
        }
    }
}
