//! The download of a function's code.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use sha2::{Digest as _, Sha256};
use stage_config_cli::artifact::Program;
use stage_config_core::manage::{DownloadLimits, download};

use super::clients::FunctionClients;
use super::function::{CodeUrl, DeployedFunction, FunctionPackage};
use crate::error::CliError;

/// The maximum size of a zip. Lambda allows 250 MB after unpacking (Lambda quotas).
const MAX_ZIP: usize = 250 << 20;
/// The maximum time of the download.
const TIMEOUT: Duration = Duration::from_secs(120);

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

impl FunctionClients {
    /// Reads the program that a function runs.
    ///
    /// # Errors
    ///
    /// Returns an error for a container image, because Lambda does not give it out.
    pub(crate) async fn read_program(
        &self,
        function: &DeployedFunction,
    ) -> Result<Program, CliError> {
        match &function.package {
            FunctionPackage::Zip {
                digest,
                size,
                url: Some(url),
            } => {
                let zip = self.download_zip(url, digest, *size).await?;
                let name = format!("the code of {}", function.name);
                Ok(Program::from_bytes(&name, &zip)?)
            }
            FunctionPackage::Zip { url: None, .. } => Err(CliError::undetermined(
                "Lambda gives no address of the code",
            )),
            FunctionPackage::Image { .. } => Err(CliError::undetermined(
                "it runs a container image, which Lambda does not give out",
            )),
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
            let message = "Lambda's address of the code is not one of AWS, and is not requested";
            return Err(CliError::undetermined(message)
                .with_help("check the endpoint of Lambda: `AWS_ENDPOINT_URL_LAMBDA`"));
        }
        let limits = DownloadLimits {
            max_bytes: MAX_ZIP,
            timeout: TIMEOUT,
        };
        let zip = download(url.expose(), "the code", limits).await?;
        if encode_digest(&Sha256::digest(&zip).into()) != digest {
            let message = "the downloaded code is not the code that the function runs: its \
                           SHA-256 is another one";
            return Err(CliError::undetermined(message)
                .with_help("run the command again: the function may be changing"));
        }
        Ok(zip)
    }

    /// Returns whether the command may request this address: HTTPS at a host of AWS. If the
    /// endpoint of Lambda is on this machine, the code may be there too.
    fn is_allowed_url(&self, url: &str) -> bool {
        let Ok(uri) = url.parse::<Uri>() else {
            return false;
        };
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let is_aws = AWS_DOMAINS.iter().any(|domain| host.ends_with(domain));
        uri.scheme_str() == Some("https") && is_aws || self.is_local && is_loopback(&host)
    }
}

/// Returns a SHA-256 in the form of `CodeSha256`.
pub(crate) fn encode_digest(digest: &[u8; 32]) -> String {
    STANDARD.encode(digest)
}

/// Returns whether the host of a URL is this machine.
pub(super) fn is_loopback_url(url: &str) -> bool {
    let uri = url.trim().parse::<Uri>();
    uri.is_ok_and(|uri| uri.host().is_some_and(is_loopback))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
