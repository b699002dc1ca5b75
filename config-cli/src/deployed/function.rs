//! What Lambda runs under the name of a function.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{
    EnvironmentResponse, FunctionCodeLocation, FunctionConfiguration, LastUpdateStatus, Runtime,
    SnapStartApplyOn, State,
};
use stage_config_grammar::arn::Arn;
use zeroize::Zeroizing;

use super::call::{CallFailure, call};
use super::clients::FunctionClients;
use super::function_name::FunctionName;
use crate::error::CliError;

/// A version of a function, or the version that an alias names.
pub(crate) struct DeployedFunction {
    pub(crate) name: FunctionName,
    /// The ARN, with the version or the alias if the name has one.
    pub(crate) arn: String,
    pub(crate) version: String,
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) partition: String,
    pub(crate) package: FunctionPackage,
    /// Whether the function may be a Rust program: an image, or a zip for a runtime such as
    /// `provided.al2023`.
    pub(crate) has_own_runtime: bool,
    /// `x86_64` or `arm64`.
    pub(crate) architecture: String,
    pub(crate) timeout: Duration,
    /// The memory in MB.
    pub(crate) memory: u32,
    pub(crate) has_snap_start: bool,
    pub(crate) on_managed_instances: bool,
    /// The ARN of the role.
    pub(crate) role: String,
    pub(crate) variables: FunctionVariables,
    pub(crate) update: UpdateState,
}

/// The code of a function.
pub(crate) enum FunctionPackage {
    Zip {
        /// The SHA-256 of the zip, in base64.
        digest: String,
        /// The size in bytes.
        size: u64,
        /// Where the zip can be downloaded. `None` if Lambda gives no address.
        url: Option<CodeUrl>,
    },
    /// A container image, which Lambda does not offer for download.
    Image {
        /// The digest of the image, as in `sha256:…`.
        digest: Option<String>,
    },
}

/// The presigned address of a function's code. It is a secret: anyone who has it can download the
/// code. The `Debug` text shows no part of the address.
pub(crate) struct CodeUrl(Zeroizing<String>);

impl CodeUrl {
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeUrl(…)")
    }
}

/// The state of the last update of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpdateState {
    /// The function runs what was deployed last.
    Done,
    /// The function is still being created.
    Creating,
    /// No invocation succeeds.
    Broken,
    /// The version before the last update runs.
    Failed,
    /// The version before the update still runs.
    InProgress,
}

/// The environment variables of a function. Any of them may be a secret.
pub(crate) enum FunctionVariables {
    Known(BTreeMap<String, Zeroizing<String>>),
    /// Lambda could not decrypt them for the caller.
    Encrypted,
}

impl FunctionClients {
    /// Reads a function with `lambda:GetFunction`.
    pub(crate) async fn fetch_function(
        &self,
        name: &FunctionName,
    ) -> Result<DeployedFunction, CallFailure> {
        let subject = format!("the function {name}");
        let answer = call("lambda:GetFunction", &subject, || {
            self.lambda
                .get_function()
                .function_name(&name.name)
                .set_qualifier(name.qualifier.clone())
                .send()
        })
        .await?;
        DeployedFunction::from_answer(name, answer).ok_or_else(|| CallFailure {
            is_missing: false,
            kind: stage_config_core::FailureKind::InvalidAnswer,
            problem: CliError::undetermined(
                "the answer of lambda:GetFunction contains no valid ARN, role or code",
            )
            .within(&subject)
            .with_help("run the command again"),
        })
    }
}

impl DeployedFunction {
    fn from_answer(name: &FunctionName, answer: GetFunctionOutput) -> Option<Self> {
        let mut settings = answer.configuration?;
        let variables = read_variables(settings.environment.take());
        let arn = settings.function_arn.clone()?;
        let parts = Arn::parse(&arn).filter(|arn| arn.service == "lambda")?;
        let role = settings.role.clone()?;
        let update = find_update_state(&settings);
        let architecture = settings.architectures().first();
        Some(Self {
            name: name.clone(),
            region: parts.region?.to_owned(),
            account: parts.account?.to_owned(),
            partition: parts.partition.to_owned(),
            version: settings.version.clone().unwrap_or_default(),
            has_own_runtime: has_own_runtime(settings.runtime.as_ref()),
            package: read_package(&settings, answer.code?),
            // The defaults are those of Lambda.
            architecture: architecture.map_or("x86_64", |one| one.as_str()).to_owned(),
            timeout: Duration::from_secs(settings.timeout.unwrap_or(3).unsigned_abs().into()),
            memory: settings.memory_size.unwrap_or(128).unsigned_abs(),
            has_snap_start: settings.snap_start.as_ref().is_some_and(|snap_start| {
                snap_start.apply_on == Some(SnapStartApplyOn::PublishedVersions)
            }),
            on_managed_instances: settings.capacity_provider_config.is_some(),
            role,
            variables,
            update,
            arn,
        })
    }
}

/// Returns whether a function of this runtime may be a Rust program. An image has no runtime.
pub(super) fn has_own_runtime(runtime: Option<&Runtime>) -> bool {
    runtime.is_none_or(|runtime| runtime.as_str().starts_with("provided"))
}

fn read_variables(environment: Option<EnvironmentResponse>) -> FunctionVariables {
    match environment {
        None => FunctionVariables::Known(BTreeMap::new()),
        Some(environment) if environment.error.is_some() => FunctionVariables::Encrypted,
        Some(environment) => FunctionVariables::Known(
            environment
                .variables
                .unwrap_or_default()
                .into_iter()
                .map(|(name, text)| (name, Zeroizing::new(text)))
                .collect(),
        ),
    }
}

fn read_package(settings: &FunctionConfiguration, code: FunctionCodeLocation) -> FunctionPackage {
    if let Some(image) = code.image_uri {
        let resolved = code.resolved_image_uri.unwrap_or(image);
        let digest = resolved.split_once('@').map(|(_, digest)| digest);
        return FunctionPackage::Image {
            digest: digest.map(str::to_owned),
        };
    }
    FunctionPackage::Zip {
        digest: settings.code_sha256.clone().unwrap_or_default(),
        size: settings.code_size.unsigned_abs(),
        url: code.location.map(|url| CodeUrl(Zeroizing::new(url))),
    }
}

/// Returns the state of the last update. The reasons that Lambda gives may contain any text, so
/// they are not read.
fn find_update_state(settings: &FunctionConfiguration) -> UpdateState {
    match (&settings.state, &settings.last_update_status) {
        (Some(State::Failed), _) => UpdateState::Broken,
        (Some(State::Pending), _) => UpdateState::Creating,
        (_, Some(LastUpdateStatus::Failed)) => UpdateState::Failed,
        (_, Some(LastUpdateStatus::InProgress)) => UpdateState::InProgress,
        _ => UpdateState::Done,
    }
}
