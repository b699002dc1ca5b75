//! The interface of stores. A store returns exactly one outcome for each request.

use std::{future::Future, pin::Pin};

#[cfg(feature = "appconfig")]
pub(crate) mod app_config;
mod built_in;
pub(crate) mod environment;
#[cfg(feature = "kms")]
pub(crate) mod kms;
pub(crate) mod local;
pub(crate) mod memory;
#[cfg(feature = "kms")]
pub(crate) mod sealed;
#[cfg(feature = "secrets-manager")]
pub(crate) mod secrets_manager;
#[cfg(feature = "ssm")]
pub(crate) mod ssm;

pub use crate::outcome::{Denied, Failed, Found, Outcome, Request};
pub(crate) use built_in::BuiltInStores;

/// A component that returns values: Parameter Store, a Vault, a file.
///
/// A program registers a store for its own scheme: `#[config(schemes("vault"))]` on the struct, and
/// [`Loader::store`](crate::Loader::store). The loader passes all distinct addresses of a load with
/// this scheme in one call and retries the failures that are marked as transient. It drops the
/// future at the timeout, so do not spawn tasks that outlive the future.
///
/// ```
/// use stage_config::store::{FetchFuture, Found, Outcome, Request, Store};
/// use stage_config::{Error, SecretString, StageConfig, report::Origin};
/// use std::collections::HashMap;
///
/// /// Values from a map. A real store would send the requests to a server.
/// struct Vault(HashMap<&'static str, &'static str>);
///
/// impl Store for Vault {
///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
///         let fetch_one = |request: &Request| match self.0.get(request.address().as_str()) {
///             Some(text) => Outcome::Found(Found::from_text(*text).with_version(3)),
///             None => Outcome::Missing, // the load tries the next source
///         };
///         Box::pin(async move { requests.iter().map(fetch_one).collect() })
///     }
///
///     fn operation(&self, _: &[Request]) -> &str {
///         "ReadSecret"
///     }
/// }
///
/// #[derive(StageConfig)]
/// #[config(schemes("vault"))]
/// #[stage(prod = "vault:shop/prod/{field}")]
/// struct Config {
///     api_key: SecretString,
///     #[config(default = 30)]
///     timeout_s: u64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let vault = Vault(HashMap::from([("shop/prod/api_key", "sk_test_1")]));
/// let loaded = Config::loader().stage("prod").store("vault", vault).resolve().await?;
/// assert_eq!(loaded.config.timeout_s, 30);
///
/// let report = loaded.report;
/// assert_eq!(report.calls[0].operation, "ReadSecret");
/// assert_eq!(report.fields[0].origin, Origin::Source);
/// assert_eq!(report.fields[0].version.as_deref(), Some("3"));
/// # Ok(())
/// # }
/// ```
pub trait Store: Send + Sync {
    /// Fetches all requests. Returns one outcome for each request, in the order of the requests.
    ///
    /// The timeout of an attempt is a third of the time that remains when the load or the refresh
    /// starts to fetch, and at least 500 ms. No attempt continues after the timeout of the load or
    /// the refresh. When an attempt reaches its timeout, its future is dropped, and the requests
    /// fail with [`FailureKind::TimedOut`](crate::FailureKind::TimedOut), which is retried. If the
    /// number of outcomes is wrong, all requests fail with
    /// [`FailureKind::InvalidAnswer`](crate::FailureKind::InvalidAnswer).
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a>;

    /// Prepares a [`fetch`](Store::fetch) of these requests, for example by logging in.
    ///
    /// `prepare` may use the whole timeout of the load, and its failure is not retried. A single
    /// `fetch` has a shorter timeout and is retried. Every load and refresh that uses the store
    /// calls `prepare` again, before the first attempt of `fetch`. So keep the result of `prepare`,
    /// such as a token, in the store.
    ///
    /// ```
    /// use stage_config::store::{Failed, FetchFuture, Found, Outcome, PrepareFuture};
    /// use stage_config::store::{Request, Store};
    /// use stage_config::{Error, FailureKind, StageConfig};
    /// use std::sync::OnceLock;
    ///
    /// #[derive(Default)]
    /// struct Vault {
    ///     token: OnceLock<String>,
    /// }
    ///
    /// /// Simulates a call to the server, which may take a second.
    /// async fn log_in() -> Result<String, &'static str> {
    ///     Ok("t1".to_owned())
    /// }
    ///
    /// impl Store for Vault {
    ///     fn prepare<'a>(&'a self, _: &'a [Request]) -> PrepareFuture<'a> {
    ///         Box::pin(async {
    ///             if self.token.get().is_none() {
    ///                 let token = log_in().await;
    ///                 let token = token.map_err(|e| Failed::new(FailureKind::Credentials, e))?;
    ///                 let _ = self.token.set(token);
    ///             }
    ///             Ok(())
    ///         })
    ///     }
    ///
    ///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
    ///         let token = self.token.get().map_or("", String::as_str);
    ///         let value = Found::from_text(format!("read with {token}"));
    ///         Box::pin(async move { vec![Outcome::Found(value); requests.len()] })
    ///     }
    /// }
    ///
    /// # #[derive(StageConfig)]
    /// # #[config(schemes("vault"))]
    /// # #[stage(prod = "vault:shop/prod/{field}")]
    /// # struct Config { table: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let loader = Config::loader().stage("prod").store("vault", Vault::default());
    /// assert_eq!(loader.resolve().await?.config.table, "read with t1");
    /// # Ok(())
    /// # }
    /// ```
    fn prepare<'a>(&'a self, _requests: &'a [Request]) -> PrepareFuture<'a> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Returns the name that the report shows for a [`fetch`](Store::fetch) of these requests, such
    /// as `GetParameters`.
    fn operation(&self, _requests: &[Request]) -> &str {
        "fetch"
    }
}

/// The future that [`Store::fetch`] returns.
pub type FetchFuture<'a> = Pin<Box<dyn Future<Output = Vec<Outcome>> + Send + 'a>>;

/// The future that [`Store::prepare`] returns.
pub type PrepareFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>>;
