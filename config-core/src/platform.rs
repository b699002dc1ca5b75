//! Where the process runs: in Lambda, in an emulator of Lambda, or elsewhere.
//!
//! Every rule that differs in Lambda uses [`Platform::current`], so that all rules agree.

use serde::Serialize;
use std::{
    env,
    ffi::{OsStr, OsString},
    fmt,
    sync::OnceLock,
    time::Duration,
};

/// The variable with the name of the function. Lambda and its emulators always set it.
pub(crate) const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// The variable with the address of the runtime API. The address that `cargo lambda watch` sets has
/// a path.
pub(crate) const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
const INITIALIZATION_TYPE: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";
const SAM_LOCAL: &str = "AWS_SAM_LOCAL";

/// Where the process runs, which its environment variables determine.
///
/// | variables | platform |
/// |---|---|
/// | `AWS_LAMBDA_FUNCTION_NAME` is not set | `Elsewhere` |
/// | it is set, and there is no evidence of an emulator | `Lambda` |
/// | it is set, and there is [`Evidence`] of an emulator | `Emulator` |
///
/// The Runtime Interface Emulator of the container images gives no evidence, so it counts as
/// Lambda.
///
/// ```
/// use stage_config::report::Platform;
///
/// /// A rule of the program that must not apply on a deployed function.
/// fn allows_fake_payments() -> bool {
///     !Platform::current().is_lambda()
/// }
///
/// // This example does not run in a function.
/// assert!(allows_fake_payments());
/// assert_eq!(Platform::current(), Platform::Elsewhere);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Platform {
    /// A container, a laptop, a CI job: anywhere except in a function.
    #[default]
    Elsewhere,
    /// An emulator of Lambda on the machine of a developer.
    Emulator(Evidence),
    /// Lambda, with the way in which it initializes the function.
    Lambda(InitializationType),
}

/// Why the process is known to run in an emulator of Lambda. `Display` prints the variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// `AWS_SAM_LOCAL` is `true`, and `AWS_LAMBDA_INITIALIZATION_TYPE` is `on-demand` or not set:
    /// `sam local` emulates no other initialization.
    SamLocal,
    /// The address in `AWS_LAMBDA_RUNTIME_API` has a path, and `AWS_LAMBDA_INITIALIZATION_TYPE` is
    /// not set, as in `cargo lambda watch`.
    RuntimeApiPath,
}

/// How Lambda initializes the function: the variable `AWS_LAMBDA_INITIALIZATION_TYPE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum InitializationType {
    /// At the first invocation. Lambda stops an INIT after 10 s.
    OnDemand,
    /// Before the invocations.
    ProvisionedConcurrency,
    /// Once, for a snapshot of the process from which Lambda restores every copy.
    SnapStart,
    /// On a managed instance, where one process gets several requests concurrently.
    #[serde(rename = "lambda-managed-instances")]
    ManagedInstances,
    /// The variable has another text, or is not set.
    Unknown,
}

impl Platform {
    /// Returns where this process runs. The first call reads the variables, and later changes of
    /// them have no effect.
    #[must_use]
    pub fn current() -> Self {
        static CURRENT: OnceLock<Platform> = OnceLock::new();
        *CURRENT.get_or_init(|| Self::detect(|name| env::var_os(name)))
    }

    /// Returns whether the process runs in Lambda, and not in an emulator. In Lambda, defaults for
    /// local development must not apply.
    #[must_use]
    pub fn is_lambda(self) -> bool {
        matches!(self, Self::Lambda(_))
    }

    /// Returns whether Lambda keeps the memory of the process in a snapshot, from which it restores
    /// copies.
    pub(crate) fn has_snap_start(self) -> bool {
        self == Self::Lambda(InitializationType::SnapStart)
    }

    /// Returns how long a whole load may take by default, so that Lambda does not stop it first.
    ///
    /// AWS gives an INIT 10 s, in which the rest of the program also starts. It gives a restore of
    /// SnapStart 10 s too, in which Lambda restores the memory and all hooks run. An INIT on
    /// Managed Instances has at least 130 s ("Understanding the Lambda Managed Instances execution
    /// environment").
    pub(crate) fn default_timeout(self) -> Duration {
        Duration::from_secs(match self {
            Self::Lambda(InitializationType::SnapStart) => 6,
            Self::Lambda(InitializationType::ManagedInstances) => 30,
            Self::Lambda(_) | Self::Emulator(_) | Self::Elsewhere => 8,
        })
    }

    fn detect(read: impl Fn(&str) -> Option<OsString>) -> Self {
        if read(FUNCTION_NAME).is_none() {
            return Self::Elsewhere;
        }
        let initialization = read(INITIALIZATION_TYPE);
        match find_evidence(&read, initialization.as_deref()) {
            Some(evidence) => Self::Emulator(evidence),
            None => Self::Lambda(InitializationType::parse(initialization.as_deref())),
        }
    }
}

/// Returns the evidence of an emulator. Variables that contradict each other are not evidence,
/// because a variable of an emulator may be set on a deployed function.
fn find_evidence(
    read: impl Fn(&str) -> Option<OsString>,
    initialization: Option<&OsStr>,
) -> Option<Evidence> {
    let is_sam_local = read(SAM_LOCAL).is_some_and(|value| value == "true");
    if is_sam_local && initialization.is_none_or(|value| value == "on-demand") {
        return Some(Evidence::SamLocal);
    }
    let has_path = || read(RUNTIME_API).is_some_and(|address| has_path(&address));
    (initialization.is_none() && has_path()).then_some(Evidence::RuntimeApiPath)
}

/// Returns whether an address such as `127.0.0.1:9001/.rt/payments` has a path. A scheme and a
/// final `/` do not count.
fn has_path(address: &OsStr) -> bool {
    let Some(address) = address.to_str() else {
        return false;
    };
    let rest = address
        .split_once("://")
        .map_or(address, |(_, rest)| rest)
        .trim();
    rest.split_once('/').is_some_and(|(host, path)| {
        !host.is_empty() && path.chars().any(|character| character != '/')
    })
}

impl InitializationType {
    fn parse(value: Option<&OsStr>) -> Self {
        match value.and_then(OsStr::to_str) {
            Some("on-demand") => Self::OnDemand,
            Some("provisioned-concurrency") => Self::ProvisionedConcurrency,
            Some("snap-start") => Self::SnapStart,
            Some("lambda-managed-instances") => Self::ManagedInstances,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SamLocal => write!(f, "`{SAM_LOCAL}` is `true`"),
            Self::RuntimeApiPath => write!(
                f,
                "`{RUNTIME_API}` has a path and `{INITIALIZATION_TYPE}` is not set"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
