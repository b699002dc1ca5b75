//! The profile of `~/.aws/config` and `~/.aws/credentials`: whether one may exist, the settings on
//! which the SDK panics, and the reason why its credentials cannot be used.
//!
//! No message contains a value of these files. Names of profiles are shown.

use super::{
    check_variables::{RETRY_MODES, find_count_problem, find_word_of_list_problem},
    variables::read_text,
};
use crate::{failure::FailureKind, outcome::Failed};
use aws_config::profile::{Profile, ProfileSet, load};
use aws_types::os_shim_internal::{Env, Fs};
use stage_config_grammar::{shell::quote, suggest::find_closest};
use std::collections::HashSet;

pub(super) const DEFAULT_PROFILE: &str = "default";

/// Finds the problem of a text, and its help.
type FindProblem = fn(&str) -> Option<(String, String)>;

/// The settings of the retries, each with the variable for the same setting.
const RETRY_SETTINGS: [(&str, &str, FindProblem); 2] = [
    ("max_attempts", "AWS_MAX_ATTEMPTS", find_count_problem),
    ("retry_mode", "AWS_RETRY_MODE", |text| {
        find_word_of_list_problem(text, &RETRY_MODES)
    }),
];

/// Returns whether a profile may exist. In Lambda, only a variable can name a profile or its file,
/// so the home directory is not searched.
pub(super) fn may_exist(in_lambda: bool) -> bool {
    const VARIABLES: [&str; 3] = [
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    ];
    if VARIABLES.into_iter().any(|name| read_text(name).is_some()) {
        return true;
    }
    !in_lambda
        && std::env::home_dir().is_some_and(|home| {
            let folder = home.join(".aws");
            folder.join("config").exists() || folder.join("credentials").exists()
        })
}

/// Checks the settings of the retries in the profile, because the SDK may panic on a wrong one. If
/// the variable of a setting is set, the setting is neither read nor checked.
///
/// # Errors
///
/// Returns a permanent failure that names the wrong settings.
pub(super) async fn check_settings(profile: Option<&str>) -> Result<(), Failed> {
    let settings: Vec<_> = RETRY_SETTINGS
        .into_iter()
        .filter(|(_, variable, _)| read_text(variable).is_none())
        .collect();
    if settings.is_empty() {
        return Ok(());
    }
    let Ok(profiles) = read(profile).await else {
        return Ok(());
    };
    let Some(selected) = profiles.get_profile(profiles.selected_profile()) else {
        return Ok(());
    };

    let problems: Vec<(String, String)> = settings
        .into_iter()
        .filter_map(|(setting, _, find_problem)| {
            let (problem, help) = find_problem(selected.get(setting)?)?;
            Some((
                format!("`{setting}` {problem}"),
                format!("`{setting}` {help}"),
            ))
        })
        .collect();
    if problems.is_empty() {
        return Ok(());
    }

    let name = selected.name();
    let (problems, helps): (Vec<_>, Vec<_>) = problems.into_iter().unzip();
    let detail = format!("in the profile `{name}`, {}", problems.join("; "));
    let help = format!("set {} in the profile `{name}`", helps.join(", and "));
    Err(Failed::new(FailureKind::Credentials, detail)
        .permanent()
        .with_help(help))
}

/// The reason why there are no credentials, and the help.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) detail: String,
    pub(super) help: Option<String>,
}

impl Reason {
    fn new(detail: String, help: String) -> Self {
        Self {
            detail,
            help: Some(help),
        }
    }
}

/// Returns why the provider chain of `aws-config` got no credentials, or `None` if nothing is
/// configured. `profile` is the profile that the caller names. If it is `None`, `AWS_PROFILE` names
/// the profile, or else the profile is `default`.
pub(super) async fn explain(profile: Option<&str>) -> Option<Reason> {
    let profiles = match read(profile).await {
        Ok(profiles) => profiles,
        Err(reason) => return Some(reason),
    };
    // If the caller names a profile, only this profile can give credentials. If the caller names
    // none and the profile has no credentials, the provider chain continues with the variables.
    explain_profile(&profiles)
        .or_else(|| profile.is_none().then(explain_variables).flatten())
        .or_else(|| explain_empty(&profiles))
}

/// Reads the profile files.
async fn read(profile: Option<&str>) -> Result<ProfileSet, Reason> {
    let name = profile
        .map(str::to_owned)
        .or_else(|| read_text("AWS_PROFILE"))
        .unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
    // `aws-config` exports the type of `files` only under a deprecated name, so the compiler infers
    // the type.
    let (fs, env, files) = (Fs::real(), Env::real(), Default::default());
    let profiles = load(&fs, &env, &files, Some(name.into())).await;
    // The text of the error may quote a line of the file.
    profiles.map_err(|_| {
        Reason::new(
            "a profile file cannot be read or parsed".to_owned(),
            "correct `~/.aws/config` or `~/.aws/credentials`, or the files that `AWS_CONFIG_FILE` \
             and `AWS_SHARED_CREDENTIALS_FILE` name"
                .to_owned(),
        )
    })
}

/// Returns why the selected profile gives no credentials, or `None` if the profile names no
/// credentials, or is the default profile and does not exist.
fn explain_profile(profiles: &ProfileSet) -> Option<Reason> {
    let mut name = profiles.selected_profile();
    let mut visited = HashSet::new();
    loop {
        let Some(profile) = profiles.get_profile(name) else {
            let is_unset_default = name == DEFAULT_PROFILE && visited.is_empty();
            return (!is_unset_default).then(|| explain_unknown(profiles, name));
        };
        visited.insert(name);

        // If the role needs the credentials of another profile, and that profile has no keys,
        // explain that profile.
        let next = profile
            .get("role_arn")
            .and_then(|_| profile.get("source_profile"));
        match next {
            Some(next) if has_keys(profiles.get_profile(next)) => {
                return Some(explain_role(profile));
            }
            Some(next) if next == name => return explain_own(profile, true),
            Some(next) if visited.contains(next) => {
                return Some(Reason::new(
                    format!(
                        "the profile `{name}` needs the profile `{next}`, which needs `{name}`"
                    ),
                    format!("correct `source_profile` in the profile `{name}`"),
                ));
            }
            Some(next) => name = next,
            None => return explain_own(profile, visited.len() > 1),
        }
    }
}

fn has_keys(profile: Option<&Profile>) -> bool {
    profile.is_some_and(|profile| {
        profile.get("aws_access_key_id").is_some() && profile.get("aws_secret_access_key").is_some()
    })
}

fn explain_unknown(profiles: &ProfileSet, name: &str) -> Reason {
    let known: Vec<&str> = profiles.profiles().collect();
    let help = match find_closest(name, known.iter().copied()) {
        Some(closest) => {
            format!("name a profile that exists (`AWS_PROFILE`): did you mean `{closest}`?")
        }
        None => format!(
            "name another profile (`AWS_PROFILE`), or define it: `aws configure --profile {}`",
            quote(name)
        ),
    };
    Reason::new(
        format!("the profile `{name}` does not exist in the profile files"),
        help,
    )
}

fn explain_role(profile: &Profile) -> Reason {
    let name = profile.name();
    Reason::new(
        format!("the role of the profile `{name}` could not be assumed"),
        format!(
            "run `aws sts get-caller-identity --profile {}`",
            quote(name)
        ),
    )
}

/// Returns why the profile's own credentials cannot be used, or `None` if the profile names none
/// and no role needs them. `is_source` is `true` if a role needs them.
fn explain_own(profile: &Profile, is_source: bool) -> Option<Reason> {
    let name = profile.name();
    let has = |setting: &str| profile.get(setting).is_some();
    let needs_feature = |what: &str| {
        (!cfg!(feature = "developer-credentials")).then(|| {
            Reason::new(
                format!("the profile `{name}` uses {what}, which this program does not support"),
                "turn on the cargo feature `developer-credentials` of stage-config".to_owned(),
            )
        })
    };

    if has("web_identity_token_file") {
        return Some(Reason::new(
            format!(
                "the token file of the profile `{name}` cannot be read, or AWS rejects its token"
            ),
            format!("correct `web_identity_token_file` and `role_arn` in the profile `{name}`"),
        ));
    }
    if has("credential_source") {
        return Some(explain_role(profile));
    }
    if has("sso_session") || has("sso_start_url") || has("sso_account_id") {
        let login = format!("run `aws sso login --profile {}`", quote(name));
        return needs_feature("SSO").or_else(|| {
            let detail =
                format!("the SSO token of the profile `{name}` is missing, expired or rejected");
            Some(Reason::new(detail, login))
        });
    }
    if has("credential_process") {
        return needs_feature("`credential_process`").or_else(|| {
            Some(Reason::new(
                format!("the `credential_process` of the profile `{name}` failed"),
                "run its command by hand, and correct what it prints".to_owned(),
            ))
        });
    }
    if has("aws_access_key_id") || has("aws_secret_access_key") {
        return Some(Reason::new(
            format!("the profile `{name}` has only a part of a key pair"),
            format!("run `aws configure --profile {}`", quote(name)),
        ));
    }
    is_source.then(|| describe_no_credentials(name))
}

/// Returns the reason that the selected profile names no credentials, or `None` for the default
/// profile, which may have no credentials.
fn explain_empty(profiles: &ProfileSet) -> Option<Reason> {
    let name = profiles.selected_profile();
    (name != DEFAULT_PROFILE).then(|| describe_no_credentials(name))
}

fn describe_no_credentials(name: &str) -> Reason {
    Reason::new(
        format!("the profile `{name}` has no credentials"),
        format!("run `aws configure --profile {}`", quote(name)),
    )
}

/// Returns why the token file or the container endpoint that a variable names gave no credentials,
/// or `None` if no variable names one.
fn explain_variables() -> Option<Reason> {
    const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
    const CONTAINER: [&str; 2] = [
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    if let Some(path) = read_text(TOKEN_FILE) {
        if read_text("AWS_ROLE_ARN").is_none() {
            return Some(Reason::new(
                format!("`{TOKEN_FILE}` is set, but `AWS_ROLE_ARN` is not"),
                "set `AWS_ROLE_ARN` to the role of the token".to_owned(),
            ));
        }
        let problem = match std::fs::File::open(path) {
            Err(error) => format!("cannot be read: {}", error.kind()),
            Ok(_) => "has a token that AWS rejects, or AWS did not answer".to_owned(),
        };
        return Some(Reason::new(
            format!("the token file that `{TOKEN_FILE}` names {problem}"),
            format!("correct `{TOKEN_FILE}` and `AWS_ROLE_ARN`"),
        ));
    }

    let variable = CONTAINER
        .into_iter()
        .find(|name| read_text(name).is_some())?;
    Some(Reason {
        detail: format!("the endpoint that `{variable}` names returned no credentials"),
        help: None,
    })
}

#[cfg(test)]
mod tests;
