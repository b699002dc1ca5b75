//! Rotates a secret while the program runs. The example needs no AWS, because it has its own store.
//!
//! ```text
//! cargo run --example rotation
//! ```

#![allow(clippy::print_stdout, reason = "an example prints its result")]

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
    /// Has no `refresh`, so it keeps the loaded value.
    region: String,
    /// Is fetched again after five minutes.
    #[config(secret, refresh = "5m")]
    api_key: SecretString,
}

/// A store whose values are the requested address and the number of the current version. A rotation
/// changes this number, which all values share.
#[derive(Clone, Default)]
struct Vault(Arc<AtomicU64>);

impl Store for Vault {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        let version = self.0.load(Ordering::Relaxed);
        let found = |request: &Request| {
            Outcome::Found(Found::from_text(format!(
                "{} v{version}",
                request.address()
            )))
        };
        Box::pin(std::future::ready(requests.iter().map(found).collect()))
    }
}

/// The errors of this program: a vendor rejects the key (see `charge`), or the configuration cannot
/// be loaded.
#[derive(Debug)]
enum ApiError {
    Unauthorized,
    #[allow(
        dead_code,
        reason = "only `Debug` reads it, when `main` returns the error"
    )]
    Config(Error),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Config(error)
    }
}

/// Simulates a vendor that accepts only the newest key.
async fn charge(config: &Config) -> Result<&'static str, ApiError> {
    if config.api_key.expose_secret().ends_with("v1") {
        Ok("charged")
    } else {
        Err(ApiError::Unauthorized)
    }
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
    println!(
        "rotated, and before the refresh: {}",
        charge(&held).await.unwrap_or("rejected")
    );

    let is_rejected = |error: &ApiError| matches!(error, ApiError::Unauthorized);
    println!(
        "rejected, fetched again: {}",
        live.retry_auth(is_rejected, async |config| charge(&config).await)
            .await?
    );
    println!(
        "the configuration that a handler holds does not change: {}",
        charge(&held).await.unwrap_or("rejected")
    );
    println!("{}", live.report());
    Ok(())
}
