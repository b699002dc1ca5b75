//! Loading in a Lambda function: one call in `main` that does the right thing for each
//! initialization type, and reports a load that fails.
//!
//! This module needs the cargo feature `lambda`, which depends on `lambda_runtime` 1.5.
//!
//! ```no_run
//! use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
//! use serde_json::Value;
//! use stage_config::StageConfig;
//!
//! #[derive(StageConfig)]
//! #[stage(dev = "/shop/dev/{field}")]
//! struct Config {
//!     table: String,
//! }
//!
//! async fn handle(_: LambdaEvent<Value>) -> Result<String, Error> {
//!     Ok(Config::get().table.clone())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Error> {
//!     let create = || Runtime::new(service_fn(handle));
//!     let runtime = stage_config::lambda::load::<Config, _>(create).await?;
//!     runtime.run().await
//! }
//! ```
//!
//! | `AWS_LAMBDA_INITIALIZATION_TYPE` | [`load`] and [`load_with`] |
//! |---|---|
//! | `on-demand`, `provisioned-concurrency`, `lambda-managed-instances`, anything else | load now |
//! | `snap-start` | load nothing before the snapshot, so that it contains no secret and no credentials; register a [`SnapStartResource`] that loads after each restore |
//!
//! A handler reads the configuration with [`StageConfig::get`] or [`StageConfig::current`]. Do
//! not read it earlier, because under SnapStart the load runs when
//! [`Runtime::run`] or `Runtime::run_concurrent` has restored the function. If the program has a
//! `SnapStartResource` that reads the configuration, register this resource after the call of
//! [`load`] or [`load_with`], because the runtime restores in the order of registration.
//!
//! The call gets a closure that creates the runtime, because [`Runtime::new`] panics if a variable
//! that Lambda always sets, such as `AWS_LAMBDA_RUNTIME_API`, is missing. The call checks these
//! variables first, and returns an error. So a program that is started with `cargo run` says that
//! it needs `cargo lambda watch`.
//!
//! With `lambda_http`, the closure calls `lambda_http::runtime(app)` or
//! `lambda_http::runtime_concurrent(app)`. They need an `app` whose responses are `Sync`. The
//! responses of an axum router are not `Sync`: call
//! `Runtime::new(lambda_http::Adapter::from(router))`. For layers, call [`Runtime::layer`] in the
//! closure or after the load.
//!
//! Lambda gives a restore 10 s, hooks included. So all loads after a restore together take at most
//! 9 s, whatever [`Loader::timeout`](crate::Loader::timeout) or `STAGE_CONFIG_TIMEOUT` says. The
//! default timeout of each of these loads is 6 s.
//!
//! Run the runtime that the call returns. Under SnapStart, only this runtime runs the load after a
//! restore.
//!
//! # A load that fails
//!
//! During INIT, the failure is sent to the runtime API (`/runtime/init/error`): one line that names
//! the fields, and one of these error types. Then the call returns the error. After a restore, the
//! error fails the restore, and the runtime sends the same line to `/runtime/restore/error`, with
//! an error type of its own. Neither report contains a value.
//!
//! | error type | cause |
//! |---|---|
//! | `StageConfig.` and the name of a [`FailureKind`](crate::FailureKind): `StageConfig.Missing`, `.Denied`, `.Throttled`, `.TimedOut`, `.Unavailable`, `.Credentials`, `.InvalidAnswer`, `.InvalidRequest`, `.WrongContext`, `.WrongKey`, `.KeyUnusable`, `.DecryptionFailed`, `.MarkedForDeletion`, `.NoValue`, `.WrongAccount`, `.Undecodable`, `.Invalid` | a field failed. If several fields failed, the type is that of the first failure that a retry cannot resolve, or else that of the first failure |
//! | `StageConfig.` and the name of an [`ErrorKind`]: `StageConfig.Stage`, `.Options`, `.Local`, `.Runtime`, `.AlreadyLoaded`, `.TimedOut`, `.Reentrant` | the load failed as a whole |
//!
//! A `tracing` subscriber of the program gets the event of the failed load. If the program has no
//! subscriber and `AWS_LAMBDA_LOG_FORMAT` is `JSON`, one line of JSON is written to standard error.
//!
//! A runtime API that does not answer within a second, or that does not accept the report, changes
//! nothing: the call returns the error of the load, and a warning says why the report failed.

mod init_error;
mod restore;
mod runtime_api;
mod variables;

use crate::{
    check_run,
    config::StageConfig,
    error::{Error, ErrorKind},
    load_plan::may_become_snapshot,
    platform::Platform,
};
use init_error::InitError;
use lambda_runtime::Runtime;
#[cfg(doc)]
use lambda_runtime::SnapStartResource;
use restore::LoadAfterRestore;
use std::sync::Arc;

/// Creates the runtime, and loads a configuration in the way that fits the initialization type. See
/// the [module](self).
///
/// ```
/// use lambda_runtime::{LambdaEvent, Runtime, service_fn};
/// use stage_config::{ErrorKind, StageConfig, lambda};
///
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # struct Config { table: String }
/// async fn handle(_: LambdaEvent<String>) -> Result<&'static str, lambda_runtime::Error> {
///     Ok(&Config::get().table)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // Outside of Lambda, as with `cargo run`, the call returns an error and does not panic.
/// let create = || Runtime::new(service_fn(handle));
/// let error = lambda::load::<Config, _>(create).await.err().unwrap();
/// assert_eq!(error.kind(), ErrorKind::Runtime);
/// assert!(error.to_string().contains("cargo lambda watch"));
/// # }
/// ```
///
/// # Errors
///
/// Returns the errors of [`StageConfig::load`]. In Lambda and in an emulator, the call reports them
/// to the runtime API first. Under SnapStart, [`Runtime::run`] returns them instead. Returns
/// [`ErrorKind::AlreadyLoaded`] if the configuration was loaded before the snapshot, because every
/// restored copy would keep its values. Returns [`ErrorKind::Runtime`] if a variable that the
/// runtime needs is missing or invalid.
pub async fn load<T: StageConfig, S>(
    create_runtime: impl FnOnce() -> Runtime<S>,
) -> Result<Runtime<S>, Error> {
    if may_become_snapshot() && T::try_get().is_some() {
        let error = Error::new(
            ErrorKind::AlreadyLoaded,
            &T::STRUCT_SCHEMA,
            "it was loaded before the snapshot of SnapStart, so every restored copy would keep its \
             values",
            "remove the load before `lambda::load`, and read the configuration in the handler",
        );
        error.emit();
        return report_failure(Err(error)).await;
    }
    load_with(create_runtime, T::load).await
}

/// Creates the runtime, and runs a load of your own in the way that fits the initialization type:
/// several configurations in one wave, or one with options. See the [module](self).
///
/// `load` is called at most once: now, or after the restore under SnapStart. Create every object
/// with connections or credentials, such as an AWS configuration, inside `load`. Then the snapshot
/// contains none of them.
///
/// ```no_run
/// # use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
/// # use stage_config::StageConfig;
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # struct App { table: String }
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/mail/dev/{field}")]
/// # struct Mail { host: String }
/// # async fn handle(_: LambdaEvent<String>) -> Result<(), Error> { Ok(()) }
/// # async fn run() -> Result<(), Error> {
/// use stage_config::lambda::load_with;
/// use std::time::Duration;
///
/// let create = || Runtime::new(service_fn(handle));
/// let runtime = load_with(create, || stage_config::load!(App, Mail)).await?;
///
/// // Or one configuration with options:
/// # let create = || Runtime::new(service_fn(handle));
/// let load = || App::loader().timeout(Duration::from_secs(4)).load();
/// let runtime = load_with(create, load).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns the errors of the closure `load`. In Lambda and in an emulator, the call reports them to
/// the runtime API first. Under SnapStart, [`Runtime::run`] returns them instead. Returns
/// [`ErrorKind::Runtime`] if a variable that the runtime needs is missing or invalid.
pub async fn load_with<S, L, F, T>(
    create_runtime: impl FnOnce() -> Runtime<S>,
    load: L,
) -> Result<Runtime<S>, Error>
where
    L: FnOnce() -> F + Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    // `cargo stage check --run` starts the program without the variables of Lambda. The load ends
    // the program, unless the check is for another configuration.
    if check_run::is_requested() {
        report_failure(load().await).await?;
        report_failure(variables::check()).await?;
        return Ok(create_runtime());
    }

    report_failure(variables::check()).await?;
    let runtime = create_runtime();
    if runtime.is_snapstart() {
        let resource = Arc::new(LoadAfterRestore::new(load));
        return Ok(runtime.register_snapstart_resource(resource));
    }
    report_failure(load().await).await?;
    Ok(runtime)
}

/// Loads a configuration now, and reports a failure, for a program that does not have a
/// [`Runtime`]: one that calls `lambda_runtime::run` or `lambda_http::run`. An extension calls
/// [`StageConfig::load`] instead, because `load_now` reports a failure as that of the function's
/// runtime.
///
/// ```no_run
/// use lambda_runtime::{Error, LambdaEvent, service_fn};
/// # use stage_config::StageConfig;
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # struct Config { table: String }
/// # async fn handle(_: LambdaEvent<String>) -> Result<(), Error> { Ok(()) }
///
/// #[tokio::main]
/// async fn main() -> Result<(), Error> {
///     stage_config::lambda::load_now::<Config>().await?;
///     lambda_runtime::run(service_fn(handle)).await
/// }
/// ```
///
/// # Errors
///
/// Returns the errors of [`StageConfig::load`]. In Lambda and in an emulator, the call reports them
/// to the runtime API first. Before a snapshot of SnapStart, the call loads nothing and returns
/// [`ErrorKind::Options`], because the snapshot would contain the secrets.
pub async fn load_now<T: StageConfig>() -> Result<&'static T, Error> {
    let result = if may_become_snapshot() {
        let error = Error::new(
            ErrorKind::Options,
            &T::STRUCT_SCHEMA,
            "under SnapStart, a load before the snapshot would put the secrets into it",
            "call `lambda::load::<Config, _>(|| Runtime::new(…)).await?`",
        );
        error.emit();
        Err(error)
    } else {
        T::load().await
    };
    report_failure(result).await
}

/// Logs the error of a load as [`InitError::log`] does and, in Lambda or an emulator, reports it to
/// the runtime API.
async fn report_failure<T>(result: Result<T, Error>) -> Result<T, Error> {
    if let Err(error) = &result {
        let error = InitError::new(error);
        error.log();
        if Platform::current() != Platform::Elsewhere {
            runtime_api::report(&error).await;
        }
    }
    result
}
