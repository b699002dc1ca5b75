//! The download of a function's code.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use sha2::{Digest as _, Sha256};
use stage_config_cli::artifact::Program;
use stage_config_core::FailureKind;
use stage_config_core::manage::DownloadLimits;
use tokio::time::sleep;

use super::clients::FunctionClients;
use super::function::{CodeUrl, DeployedFunction, FunctionPackage};
use super::loopback::is_loopback;
use crate::error::CliError;

/// The maximum size of a zip. Lambda allows 250 MB after unpacking (Lambda quotas).
const MAX_ZIP: usize = 250 << 20;
/// The maximum time of one attempt at the download.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The maximum number of attempts at a download whose host is unavailable.
const MAX_ATTEMPTS: u32 = 3;
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// The ends of the host names of AWS, in all partitions.
const AWS_DOMAINS: [&str; 7] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".csp.hci.ic.gov",
    ".cloud.adc-e.uk",
];

/// Why the program of a function is not known.
pub(crate) enum CodeFailure {
    /// The code could not be downloaded.
    Unread(CliError),
    /// The code contains no executable that can be read, as for a program in another language.
    NotAProgram(CliError),
    /// The code is a container image, which Lambda does not offer for download.
    Image,
}

impl CodeFailure {
    pub(crate) fn into_problem(self) -> CliError {
        match self {
            Self::Unread(problem) | Self::NotAProgram(problem) => problem,
            Self::Image => CliError::undetermined(
                "it runs a container image, which Lambda does not offer for download",
            ),
        }
    }
}

impl FunctionClients {
    /// Reads the program that a function runs.
    pub(crate) async fn read_program(
        &self,
        function: &DeployedFunction,
    ) -> Result<Program, CodeFailure> {
        match &function.package {
            FunctionPackage::Zip {
                digest,
                size,
                url: Some(url),
            } => {
                let zip = self.download_zip(url, digest, *size).await;
                let zip = zip.map_err(CodeFailure::Unread)?;
                let name = format!("the code of {}", function.name);
                Program::from_zip(&name, &zip)
                    .map_err(|error| CodeFailure::NotAProgram(error.into()))
            }
            FunctionPackage::Zip { url: None, .. } => {
                let problem = CliError::undetermined("Lambda gives no address of the code");
                Err(CodeFailure::Unread(problem))
            }
            FunctionPackage::Image { .. } => Err(CodeFailure::Image),
        }
    }

    /// Downloads the zip of a function. `digest` is its SHA-256 in base64, and `size` its size in
    /// bytes, as Lambda gives them.
    async fn download_zip(
        &self,
        url: &CodeUrl,
        digest: &str,
        size: u64,
    ) -> Result<Vec<u8>, CliError> {
        if size > MAX_ZIP as u64 {
            let message = format!("the code has more than {} MiB", MAX_ZIP >> 20);
            return Err(CliError::undetermined(message)
                .with_help("give the artifact that was deployed: --artifact PATH"));
        }
        if !self.is_allowed_url(url.expose()) {
            let message = "the URL that Lambda returned for the code is not a URL of AWS, and is \
                           not requested";
            return Err(CliError::undetermined(message)
                .with_help("check the endpoint of Lambda: `AWS_ENDPOINT_URL_LAMBDA`"));
        }
        let limits = DownloadLimits {
            max_bytes: MAX_ZIP,
            timeout: TIMEOUT,
        };
        let zip = self.download_with_retries(url, limits).await?;
        if encode_digest(&Sha256::digest(&zip).into()) != digest {
            let message = "the downloaded code is not the code that the function runs: its \
                           SHA-256 differs";
            return Err(CliError::undetermined(message)
                .with_help("run the command again: the function may be changing"));
        }
        Ok(zip)
    }

    /// Downloads the zip, and retries, because S3 sometimes answers a request with a transient
    /// error.
    async fn download_with_retries(
        &self,
        url: &CodeUrl,
        limits: DownloadLimits,
    ) -> Result<Vec<u8>, CliError> {
        let mut attempts = 1;
        loop {
            let download = self.downloader.download(url.expose(), "the code", limits);
            match download.await {
                Ok(zip) => return Ok(zip),
                Err(error) if error.kind == FailureKind::Unavailable && attempts < MAX_ATTEMPTS => {
                    sleep(RETRY_PAUSE).await;
                    attempts += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Returns whether the command may download the code from this URL. The host must be S3 of AWS,
    /// over HTTPS. If the endpoint of Lambda is on this machine, this machine is accepted too.
    fn is_allowed_url(&self, url: &str) -> bool {
        let Ok(uri) = url.parse::<Uri>() else {
            return false;
        };
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let is_https = uri.scheme_str() == Some("https") && uri.port_u16().unwrap_or(443) == 443;
        is_https && is_s3(&host) || self.is_local && is_loopback(&host)
    }
}

/// Returns whether a host is one of S3, as in `awslambda-….s3.eu-west-1.amazonaws.com`. Another
/// host of the same domain may belong to a customer of AWS.
fn is_s3(host: &str) -> bool {
    let domain = AWS_DOMAINS.iter();
    let service = domain.filter_map(|domain| host.strip_suffix(domain)).next();
    service.is_some_and(|service| {
        // An older form has the region in the last label: `s3-eu-west-1.amazonaws.com`.
        let last = service.rsplit('.').next();
        let is_older = last.is_some_and(|label| label.starts_with("s3-"));
        let mut labels = service.split('.');
        is_older || labels.any(|label| matches!(label, "s3" | "s3-fips"))
    })
}

/// Returns a SHA-256 in base64, as Lambda writes it in `CodeSha256`.
pub(crate) fn encode_digest(digest: &[u8; 32]) -> String {
    STANDARD.encode(digest)
}
