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
/// [`Loader::store`](crate::Loader::store). The loader passes the distinct addresses of a load in
/// one call and retries the failures that are marked as transient. It drops the future at the
/// timeout, so do not spawn tasks that outlive the future.
///
/// ```
/// use stage_config::store::{Found, Outcome, FetchFuture, Request, Store};
///
/// /// Returns each address as its value.
/// struct Echo;
///
/// impl Store for Echo {
///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
///         Box::pin(async move {
///             requests.iter().map(|request| Outcome::Found(Found::from_text(request.address()))).collect()
///         })
///     }
/// }
/// ```
pub trait Store: Send + Sync {
    /// Fetches all requests. Returns one outcome for each request, in the order of the requests.
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a>;

    /// Prepares a [`fetch`](Store::fetch) of these requests, for example by logging in.
    ///
    /// It may use the whole timeout of the load, while a single fetch has a shorter timeout and is
    /// retried. The loader calls it before each fetch, so cache its result. Its failure is not
    /// retried.
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
