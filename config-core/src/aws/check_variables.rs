//! Checks the environment variables of AWS and of proxies, before this crate or the SDK uses them.
//! The SDK panics on some wrong values, ignores others, and retries with the rest until the
//! timeout.

use super::{
    proxy::{ProxyVariables, ReadVariable},
    text_problem::{self, TextProblem, find_line_problem, find_word_problem},
    url_problem::{find_proxy_problem, find_url_problem},
};
use crate::{failure::FailureKind, outcome::Failed};
use stage_config_grammar::{
    region::{find_meant_region, is_region},
    suggest::format_list,
};

/// The form of a variable's value.
#[derive(Clone, Copy)]
enum Form {
    /// Visible ASCII characters. The SDK panics on a line end or another character that a header
    /// cannot contain.
    Word,
    /// A text on one line, which may contain blanks: a path, a profile, an authorization token.
    Line,
    Region,
    Url,
    /// The address of a proxy. It may have no scheme.
    Proxy,
    /// `true` or `false`, in any mixture of uppercase and lowercase. The SDK ignores any other
    /// value.
    Flag,
    /// A whole number that is at least 1. The SDK panics on any other value.
    Count,
    /// One of these words, in any mixture of uppercase and lowercase. The SDK panics on another
    /// retry mode.
    OneOf(&'static [&'static str]),
}

pub(super) const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

const IGNORE_ENDPOINTS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// The variables of endpoints: one for all services, one for each service of the stores, and one
/// for each service that `aws-config` asks for credentials.
pub(super) const ENDPOINTS: [&str; 8] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_APPCONFIGDATA",
    "AWS_ENDPOINT_URL_KMS",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
];

const KEYS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

const OTHERS: [(&str, Form); 8] = [
    ("AWS_CA_BUNDLE", Form::Line),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", Form::Line),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Form::Line),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Form::Url),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Form::Word),
    ("AWS_EXECUTION_ENV", Form::Line),
    ("AWS_USE_DUALSTACK_ENDPOINT", Form::Flag),
    ("AWS_USE_FIPS_ENDPOINT", Form::Flag),
];

pub(super) const RETRY_MODES: [&str; 2] = ["standard", "adaptive"];

/// The variables that have an effect only with the provider chain of `aws-config`.
const PROVIDER_CHAIN: [(&str, Form); 9] = [
    ("AWS_CONFIG_FILE", Form::Line),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", Form::Url),
    (
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        Form::OneOf(&["IPv4", "IPv6"]),
    ),
    ("AWS_MAX_ATTEMPTS", Form::Count),
    ("AWS_RETRY_MODE", Form::OneOf(&RETRY_MODES)),
    ("AWS_ROLE_ARN", Form::Word),
    ("AWS_ROLE_SESSION_NAME", Form::Word),
    ("AWS_SHARED_CREDENTIALS_FILE", Form::Line),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", Form::Line),
];

/// The settings that the caller names itself. The variables of these settings are neither read nor
/// checked.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct CallerOptions {
    /// The caller names the region.
    pub(crate) has_region: bool,
    /// The caller names the profile, which also has the credentials.
    pub(crate) has_profile: bool,
}

/// Checks the variables of this process.
///
/// # Errors
///
/// Returns a permanent failure that names all wrong variables. The failure shows a value only if
/// the value resembles a region, or is an address that has a well-known host and no user.
pub(crate) fn check_variables(options: CallerOptions) -> Result<(), Failed> {
    check(&|name| std::env::var_os(name), options)
}

fn check(read: ReadVariable<'_>, options: CallerOptions) -> Result<(), Failed> {
    let mistakes: Vec<Mistake> = list_variables(read, options)
        .into_iter()
        .filter_map(|(name, form)| find_mistake(name, form, read))
        .collect();
    if mistakes.is_empty() {
        return Ok(());
    }

    let kind = if mistakes.iter().any(|mistake| mistake.has_credentials_kind) {
        FailureKind::Credentials
    } else {
        FailureKind::Unavailable
    };
    let join =
        |part: fn(&Mistake) -> &str| mistakes.iter().map(part).collect::<Vec<_>>().join("; ");
    let detail = join(|mistake| &mistake.problem);
    let help = join(|mistake| &mistake.help);
    Err(Failed::new(kind, detail).permanent().with_help(help))
}

/// Lists the variables that are read, with their forms.
fn list_variables(read: ReadVariable<'_>, options: CallerOptions) -> Vec<(&'static str, Form)> {
    let mut variables = Vec::new();
    if !options.has_profile {
        variables.extend(KEYS.map(|name| (name, Form::Word)));
        variables.push(("AWS_PROFILE", Form::Line));
    }
    if !options.has_region {
        // The second variable is read only if the first one is unset or has no text.
        variables.extend(
            REGIONS
                .into_iter()
                .find(|name| !is_blank(read, name))
                .map(|name| (name, Form::Region)),
        );
    }
    variables.push((IGNORE_ENDPOINTS, Form::Flag));
    if !is_true(read, IGNORE_ENDPOINTS) {
        variables.extend(ENDPOINTS.map(|name| (name, Form::Url)));
    }
    variables.extend(OTHERS);
    let proxies = ProxyVariables::find(read);
    variables.extend(proxies.names().map(|name| (name, Form::Proxy)));
    if cfg!(feature = "aws-config") {
        variables.extend(PROVIDER_CHAIN);
    }
    variables
}

/// Returns whether a variable is unset or has no text. A variable without a text counts as unset,
/// as in the other SDKs.
fn is_blank(read: ReadVariable<'_>, name: &str) -> bool {
    read(name).is_none_or(|value| text_problem::is_blank(&value))
}

fn is_true(read: ReadVariable<'_>, name: &str) -> bool {
    read(name)
        .and_then(|value| value.into_string().ok())
        .is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
}

/// A variable whose value cannot be used.
struct Mistake {
    problem: String,
    help: String,
    /// Whether the failure has the kind `Credentials`, because the value is a key, a token, a name,
    /// a path or a region.
    has_credentials_kind: bool,
}

impl Mistake {
    fn new(name: &str, form: Form, problem: &str, help: &str) -> Self {
        Self {
            problem: format!("`{name}` {problem}"),
            help: format!("set `{name}` {help}"),
            has_credentials_kind: matches!(form, Form::Word | Form::Line | Form::Region),
        }
    }
}

fn find_mistake(name: &str, form: Form, read: ReadVariable<'_>) -> Option<Mistake> {
    let value = read(name).filter(|value| !text_problem::is_blank(value))?;
    let Some(text) = value.to_str() else {
        return Some(Mistake::new(
            name,
            form,
            "is not UTF-8",
            "to a text in UTF-8",
        ));
    };

    let text_problem = match form {
        Form::Line => find_line_problem(text),
        _ => find_word_problem(text),
    };
    if let Some(problem) = text_problem {
        return Some(describe_text_problem(name, form, text, problem));
    }

    let (problem, help) = match form {
        Form::Word | Form::Line => return None,
        Form::Region => find_region_problem(text, has_endpoint(read))?,
        Form::Url => find_url_problem(text)?,
        Form::Proxy => find_proxy_problem(text)?,
        Form::Flag => find_flag_problem(text)?,
        Form::Count => find_count_problem(text)?,
        Form::OneOf(words) => find_word_of_list_problem(text, words)?,
    };
    Some(Mistake::new(name, form, &problem, &help))
}

fn find_flag_problem(text: &str) -> Option<(String, String)> {
    let is_flag = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    (!is_flag).then(|| {
        (
            "is neither `true` nor `false`".to_owned(),
            "to `true` or `false`, or unset it".to_owned(),
        )
    })
}

pub(super) fn find_count_problem(text: &str) -> Option<(String, String)> {
    let is_count = text.parse::<u32>().is_ok_and(|count| count > 0);
    (!is_count).then(|| {
        (
            "is not a whole number of at least 1".to_owned(),
            "to a number, as in `3`, or unset it".to_owned(),
        )
    })
}

pub(super) fn find_word_of_list_problem(text: &str, words: &[&str]) -> Option<(String, String)> {
    let is_known = words.iter().any(|word| text.eq_ignore_ascii_case(word));
    (!is_known).then(|| {
        let words = format_list(words);
        (
            format!("is not one of {words}"),
            format!("to one of {words}, or unset it"),
        )
    })
}

fn has_endpoint(read: ReadVariable<'_>) -> bool {
    !is_true(read, IGNORE_ENDPOINTS) && ENDPOINTS.iter().any(|name| !is_blank(read, name))
}

fn describe_text_problem(name: &str, form: Form, text: &str, problem: TextProblem) -> Mistake {
    let trimmed = text.trim().trim_matches(['"', '\'']);
    let help = match form {
        Form::Region if is_region(trimmed) => {
            format!("to the region `{trimmed}`, {}", problem.help())
        }
        Form::Region => match find_meant_region(trimmed) {
            Some(meant) => format!("to a region: did you mean `{meant}`?"),
            None => problem.help().to_owned(),
        },
        _ => problem.help().to_owned(),
    };
    Mistake::new(name, form, problem.description(), &help)
}

/// Returns the problem of a region, and its help; `None` if the region can be used. An emulator may
/// have a region that AWS does not have. So if a variable sets an endpoint, a region is wrong only
/// if it seems to be a misspelt region or a zone of AWS, or if it contains a character other than a
/// lowercase letter, a digit or a hyphen.
fn find_region_problem(text: &str, has_endpoint: bool) -> Option<(String, String)> {
    if let Some(meant) = find_meant_region(text) {
        return Some((
            format!("is `{text}`, which is not a region"),
            format!("to a region: did you mean `{meant}`?"),
        ));
    }
    let is_label = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let is_usable = is_region(text) || has_endpoint && is_label;
    (!is_usable).then(|| {
        (
            "is not a region".to_owned(),
            "to a region, as in `eu-central-1`".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests;
