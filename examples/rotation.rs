//! A secret that is rotated while the program runs, without AWS: the store is this program's own.
//!
//! ```text
//! cargo run --example rotation
//! ```

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use stage_config::{
    Error, ExposeSecret, SecretString, StageConfig,
    store::{FetchFuture, Found, Outcome, Request, Store},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

#[derive(StageConfig)]
#[stage(dev = "vault:shop/{field}")]
#[config(schemes("vault"))]
struct Config {
    /// Not marked: what was loaded stays.
    region: String,
    /// Rotated.
    #[config(secret, refresh = "5m")]
    api_key: SecretString,
}

/// Keeps one version of everything.
#[derive(Clone, Default)]
struct Vault(Arc<AtomicU64>);

impl Store for Vault {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        let version = self.0.load(Ordering::Relaxed);
        let found = |request: &Request| Outcome::Found(Found::from_text(format!("{} v{version}", request.address())));
        Box::pin(std::future::ready(requests.iter().map(found).collect()))
    }
}

/// What a vendor answers to a key that it does not know any more.
#[derive(Debug)]
enum ApiError {
    Unauthorized,
    #[allow(dead_code, reason = "an error of `main` is printed")]
    Config(Error),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Config(error)
    }
}

/// A vendor that knows the newest key alone.
async fn charge(config: &Config) -> Result<&'static str, ApiError> {
    if config.api_key.expose_secret().ends_with("v1") { Ok("charged") } else { Err(ApiError::Unauthorized) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ApiError> {
    let vault = Vault::default();
    let loader = Config::loader().stage("dev").store("vault", vault.clone());
    let live = loader.live(Duration::from_secs(300)).await?;
    let client = live.map(|config| format!("client for {}", config.region));
    println!("{}", client.current().await?);

    vault.0.store(1, Ordering::Relaxed);
    let held = live.current().await?;
    println!("rotated, and before its time: {}", charge(&held).await.unwrap_or("refused"));

    let is_refused = |error: &ApiError| matches!(error, ApiError::Unauthorized);
    println!("refused, fetched again: {}", live.retry_auth(is_refused, async |config| charge(&config).await).await?);
    println!("what a handler held all the time does not change: {}", charge(&held).await.unwrap_or("refused"));
    println!("{}", live.report());
    Ok(())
}
