//! The environment of the program: the variables of this process, and on top of them the stage, the
//! variables of the deployment, and the identity of the check.

use std::process::Command;

use stage_config_core::manage::{FUNCTION_NAME, ProgramVariable, VariableSource};

use crate::session::StageSession;
use crate::variable_names::is_same_variable;

/// The prefix of the library's variables. Of these variables, the program gets only
/// `STAGE_CONFIG_CHECK_RUN`, which requests the check. The others change what a load reads, but the
/// check verifies the sources in the struct.
const PREFIX: &str = "STAGE_CONFIG_";

/// The variables of AWS that choose an identity or an endpoint. The program does not get the values
/// that a deployment sets, because the check reads the stores without these values.
const IDENTITY: [&str; 16] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
];

/// The prefixes of more variables that choose an identity or an endpoint, like [`IDENTITY`].
const IDENTITY_PREFIXES: [&str; 3] = ["AWS_ENDPOINT_URL", "AWS_CONTAINER_", "AWS_EC2_METADATA_"];

/// The variables that choose a proxy or the trusted certificates. The program does not get the
/// values that a deployment sets, because they are valid only in the network of the deployment.
/// Many programs also read these variables in lower case.
const NETWORK: [&str; 7] = [
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The variables of the home folder. The SDK looks for the profile files there.
const HOME: [&str; 2] = ["HOME", "USERPROFILE"];

/// The variables of the profile files, with the path of each in the home folder.
const PROFILE_FILES: [(&str, &str); 2] = [
    ("AWS_CONFIG_FILE", ".aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
];

/// Sets the variables of the program for a stage.
pub(super) fn set_variables(
    command: &mut Command,
    stage: &StageSession,
    deployment: &VariableSource,
    identity: &[ProgramVariable],
) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_own) {
            command.env_remove(name);
        }
    }
    // If this variable is set, the library may conclude that it runs in Lambda, where it refuses
    // the check.
    command.env_remove(FUNCTION_NAME);
    if let VariableSource::Deployment(variables) = deployment {
        for (name, value) in variables {
            if is_of_deployment(name) {
                command.env(name, value.as_str());
            }
        }
        if variables.keys().any(|name| is_home(name)) {
            keep_profile_files(command);
        }
    }
    for (name, value) in identity {
        match value {
            Some(value) => command.env(name, value.as_str()),
            None => command.env_remove(name),
        };
    }
    command.env(stage.plan.schema().stage_variable(), stage.name());
}

/// Sets the variables of the profile files to the files that the check uses. Without these
/// variables, the program would look for the files in the home folder of the deployment.
fn keep_profile_files(command: &mut Command) {
    let Some(home) = std::env::home_dir() else {
        return;
    };
    for (name, path) in PROFILE_FILES {
        let is_set = std::env::var_os(name).is_some_and(|path| !path.is_empty());
        if !is_set {
            command.env(name, home.join(path));
        }
    }
}

fn is_home(name: &str) -> bool {
    HOME.iter().any(|home| is_same_variable(name, home))
}

/// Returns whether the program gets this variable of a deployment.
fn is_of_deployment(name: &str) -> bool {
    let is_network = || NETWORK.iter().any(|other| name.eq_ignore_ascii_case(other));
    !is_own(name) && !is_identity(name) && !is_network() && !is_same_variable(name, FUNCTION_NAME)
}

fn is_own(name: &str) -> bool {
    has_prefix(name, PREFIX)
}

fn is_identity(name: &str) -> bool {
    IDENTITY.iter().any(|other| is_same_variable(name, other))
        || IDENTITY_PREFIXES
            .iter()
            .any(|prefix| has_prefix(name, prefix))
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|start| is_same_variable(start, prefix))
}
