//! What a store is: requests in, exactly one outcome a request out.

use std::{future::Future, pin::Pin};

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

/// A place that keeps values: Parameter Store, a Vault, a file.
///
/// A program registers one for a scheme of its own: `#[config(schemes("vault"))]` on the struct, and
/// [`Loader::store`](crate::Loader::store). The loader hands it the distinct addresses of a plan in one call, retries
/// what it marks as worth it, and drops the future at the deadline: spawn nothing that outlives it.
///
/// ```
/// use stage_config::store::{Found, Outcome, FetchFuture, Request, Store};
///
/// /// Answers every address with itself.
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
    /// Fetches all requests together. The answer has one outcome for each request, in the order of the requests.
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a>;

    /// Gets ready for a [`fetch`](Store::fetch) of these requests, as by logging in. It has the whole deadline, where a single fetch is cut
    /// short and tried again. It is called before each call, so keep what it makes; its
    /// failure is not tried again.
    fn prepare<'a>(&'a self, _requests: &'a [Request]) -> PrepareFuture<'a> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// What the report calls one [`fetch`](Store::fetch) of these requests, as in `GetParameters`.
    fn operation(&self, _requests: &[Request]) -> &str {
        "fetch"
    }
}

/// The future that [`Store::fetch`] returns.
pub type FetchFuture<'a> = Pin<Box<dyn Future<Output = Vec<Outcome>> + Send + 'a>>;

/// The future that [`Store::prepare`] returns.
pub type PrepareFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>>;

/// What a built-in store is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The values.
    Values,
    /// Whether they are there, for those who must not see them.
    #[cfg_attr(not(feature = "manage"), allow(dead_code, reason = "a program reads values"))]
    Existence,
}
