//! Adds the scheme `vault:`, with a store that reads HashiCorp Vault (key-value engine, version 2).
//!
//! ```text
//! cargo run --example custom_store                # a simulated Vault in this program
//! VAULT_ADDR=http://127.0.0.1:8200 VAULT_TOKEN=… cargo run --example custom_store
//! stage=prod cargo run --example custom_store     # shows denied and missing values
//! ```
//!
//! To keep the example short, it supports only `http:`. For `https:`, use the connector of
//! `hyper-rustls` instead of `HttpConnector`.

#![allow(clippy::print_stdout, reason = "an example prints its result")]

use std::env;
use std::error::Error;

use futures_util::future::join_all;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::value::RawValue;
use stage_config::store::{Denied, Failed, FetchFuture, Found, Outcome, Request, Store};
use stage_config::{ExposeSecret, FailureKind, Loaded, SecretString, StageConfig};

#[path = "custom_store/simulated_vault.rs"]
mod simulated_vault;

/// All fields except the signing key are keys of one secret, so one request reads them all.
#[derive(Debug, StageConfig)]
#[stage(
    dev = "vault:secret/payments/dev#{field}",
    prod = "vault:secret/payments/prod#{field}"
)]
#[config(schemes("vault"), default_stage = "dev")]
#[allow(
    dead_code,
    reason = "this program prints the fields and does nothing else with them"
)]
struct Config {
    stripe_key: SecretString,

    /// Is `None` if Vault does not have the secret, or if the secret has no key `motto`. If reading
    /// is denied, the load fails.
    motto: Option<String>,

    /// Has the option `version` in its address. The store defines the meaning of the option.
    #[stage(
        dev = "vault:secret/signing?version=1#key",
        prod = "vault:secret/signing#key"
    )]
    signing_key: SecretString,
}

/// One Vault, with the token for its requests.
struct Vault {
    address: String,
    token: SecretString,
    namespace: Option<String>,
    client: Client<HttpConnector, Empty<Bytes>>,
}

impl Vault {
    fn new(address: &str, token: impl Into<SecretString>) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let address = address.trim_end_matches('/').to_owned();
        Self {
            address,
            token: token.into(),
            namespace: env::var("VAULT_NAMESPACE").ok(),
            client,
        }
    }
}

impl Store for Vault {
    /// Returns one outcome for each request, in the same order. The loader passes all distinct
    /// addresses of a plan in one call, retries transient failures, and drops this future at the
    /// timeout of the attempt.
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        Box::pin(join_all(requests.iter().map(async |request| {
            let answer = self.get(request).await;
            answer.unwrap_or_else(Outcome::Failed)
        })))
    }

    /// Returns the name of the call in the report.
    fn operation(&self, _: &[Request]) -> &str {
        "read"
    }
}

/// The relevant part of Vault's answer. `RawValue` is the unparsed JSON.
#[derive(Deserialize)]
struct Answer {
    data: Version,
}

#[derive(Deserialize)]
struct Version {
    data: Box<RawValue>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    version: u64,
}

impl Vault {
    /// Sends `GET /v1/<mount>/data/<path>?version=N`, and returns the outcome.
    async fn get(&self, request: &Request) -> Result<Outcome, Failed> {
        let address = request.address();
        let (mount, path) = address.split_once('/').ok_or_else(|| {
            Failed::new(
                FailureKind::InvalidRequest,
                "an address is a mount and a path, as in `vault:secret/payments`",
            )
        })?;
        let version = request
            .option("version")
            .map(|version| format!("?version={version}"))
            .unwrap_or_default();
        let (status, body) = self
            .send(&format!("/v1/{mount}/data/{path}{version}"))
            .await?;

        // An error never contains a part of the answer, because the answer may hold the secret.
        let failed = |kind| Err(Failed::new(kind, format!("HTTP {status}")));
        match status {
            200 => match serde_json::from_slice::<Answer>(&body) {
                // The secret is a JSON object, and `#key` selects one key.
                Ok(Answer { data }) => Ok(Outcome::Found(
                    Found::from_text(data.data.get()).with_version(data.metadata.version),
                )),
                Err(_) => Err(Failed::new(
                    FailureKind::InvalidAnswer,
                    "not an answer of a key-value engine, version 2",
                )),
            },
            // A denied value is not missing: the load uses no further candidate, no default and no
            // `None`.
            403 => Ok(Outcome::Denied(Denied::new(format!(
                "no policy of the token lets it read {mount}/data/{path}"
            )))),
            404 => Ok(Outcome::Missing),
            // The loader retries these two kinds until its timeout.
            429 => failed(FailureKind::Throttled),
            500.. => failed(FailureKind::Unavailable),
            _ => failed(FailureKind::InvalidRequest),
        }
    }

    /// Sends one request with the token, and returns the status and the body of the answer.
    async fn send(&self, path: &str) -> Result<(u16, Bytes), Failed> {
        let invalid = |detail| Failed::new(FailureKind::InvalidRequest, detail);
        let unavailable = |detail| Failed::new(FailureKind::Unavailable, detail);

        let token = HeaderValue::from_str(self.token.expose_secret());
        let mut token = token.map_err(|_| invalid("VAULT_TOKEN is not a valid header value"))?;
        token.set_sensitive(true);
        let mut request =
            hyper::Request::get(format!("{}{path}", self.address)).header("X-Vault-Token", token);
        if let Some(namespace) = &self.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        let request = request.body(Empty::new()).map_err(|_| {
            invalid("VAULT_ADDR and the path of the secret do not form a valid URL")
        })?;

        let response = self
            .client
            .request(request)
            .await
            .map_err(|_| unavailable("the connection failed"))?;
        let status = response.status().as_u16();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|_| unavailable("the answer is incomplete"))?;
        Ok((status, body.to_bytes()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let vault = match env::var("VAULT_ADDR") {
        Ok(address) => Vault::new(&address, env::var("VAULT_TOKEN")?),
        Err(_) => Vault::new(&simulated_vault::start().await?, "the-token-of-dev"),
    };
    let Loaded { config, report, .. } = Config::loader().store("vault", vault).resolve().await?;
    println!("{config:#?}\n\n{report}");
    Ok(())
}
