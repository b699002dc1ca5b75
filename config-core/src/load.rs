//! The loader: the steps of a load of one configuration.

mod options;
mod time_options;

use crate::{
    check_run::{self, CheckRequest},
    config_struct::ConfigStruct,
    error::{Error, ErrorKind},
    fetched_config::{FetchOptions, FetchedConfig, fetch},
    live::{Live, LiveOptions},
    load_plan::{ConfigType, LoadPlan, PlanOptions, prepare},
    loaded::Loaded,
    plan::Plan,
    report::Report,
};
use futures_util::future::{BoxFuture, FutureExt};
use std::{convert::Infallible, marker::PhantomData, time::Duration};
use tokio::time::Instant;

/// The minimum `ttl` of [`Loader::live`]. A refresh may take half a second by default, so with a
/// shorter `ttl` the program would fetch nearly all the time.
const SHORTEST_TTL: Duration = Duration::from_secs(1);

/// The options of one load, and the methods that run it.
///
/// The method that is called last determines the result, and who owns it:
///
/// | method | result |
/// |---|---|
/// | [`load`](Self::load), [`load_blocking`](Self::load_blocking) | the program keeps it: `Config::get()`, `Config::current()` |
/// | [`resolve`](Self::resolve) | the caller owns it, with its report |
/// | [`live`](Self::live) | the caller owns it, and it refreshes itself |
/// | [`check`](Self::check) | a report without the values |
/// | [`plan`](Self::plan) | the requests, which are not sent |
///
/// ```
/// # use stage_config::{StageConfig, Error};
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # struct Config { table: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// use stage_config::testing::Memory;
///
/// let values = Memory::new().set("table", "orders");
/// let loaded = Config::loader().stage("dev").local(values).resolve().await?;
/// assert_eq!(loaded.config.table, "orders");
/// # Ok(())
/// # }
/// ```
#[must_use = "a loader does nothing until a method such as `load` or `resolve` is called"]
pub struct Loader<T> {
    plan_options: PlanOptions,
    fetch_options: FetchOptions,
    live_options: LiveOptions,
    config: PhantomData<fn() -> T>,
}

impl<T: ConfigStruct> Loader<T> {
    pub(crate) fn new() -> Self {
        Self {
            plan_options: PlanOptions::default(),
            fetch_options: FetchOptions::from_environment(),
            live_options: LiveOptions::default(),
            config: PhantomData,
        }
    }
}

/// The methods of the loader whose result the caller owns.
impl<T: ConfigStruct> Loader<T> {
    /// Fetches and decodes the whole configuration, and returns it with its report.
    ///
    /// The loader keeps nothing, so a program can resolve a configuration several times, with other
    /// options:
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig, testing::Memory};
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     timeout_s: u64,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let values = Memory::new();
    /// # let values = values.set("/shop/dev/timeout_s", "5").set("/shop/prod/timeout_s", "30");
    /// // How do two stages differ?
    /// let dev = Config::loader().stage("dev").local(values.clone()).resolve().await?;
    /// let prod = Config::loader().stage("prod").local(values).resolve().await?;
    /// assert_eq!((dev.config.timeout_s, prod.config.timeout_s), (5, 30));
    /// assert!(Config::try_get().is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] that lists every failure.
    ///
    /// # Panics
    ///
    /// Panics like [`StageConfig::load`](crate::StageConfig::load).
    pub async fn resolve(self) -> Result<Loaded<T>, Error> {
        let load = async {
            let fetched = self.fetch(Instant::now()).await?;
            Ok(Loaded::new(fetched.decode::<T>()?, fetched))
        };
        load.await
            .inspect(|loaded| loaded.report.emit())
            .inspect_err(Error::emit)
    }

    /// Loads once and returns the [`Live`] configuration that refreshes itself.
    ///
    /// A value is fetched again after `ttl`, plus or minus a fifth. A field with
    /// `#[config(refresh = "1m")]` uses its own interval if that is shorter. If no field has
    /// `refresh`, all fields are fetched again after `ttl`; otherwise only the fields with
    /// `refresh` are fetched again.
    ///
    /// ```
    /// # use stage_config::{Error, ErrorKind, StageConfig, testing::Memory};
    /// # use std::time::Duration;
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let loader = || Config::loader().stage("dev").local(Memory::new().set("table", "orders"));
    /// let live = loader().live(Duration::from_secs(300)).await?;
    /// assert_eq!(live.current().await?.table, "orders");
    ///
    /// // The caller owns this configuration: `Config::get()` does not return it.
    /// assert!(Config::try_get().is_none());
    ///
    /// let error = loader().live(Duration::from_millis(100)).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Options);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`resolve`](Self::resolve). Returns [`ErrorKind::Options`] if `ttl` is
    /// under one second.
    ///
    /// # Panics
    ///
    /// Panics like [`StageConfig::load`](crate::StageConfig::load).
    pub async fn live(mut self, ttl: Duration) -> Result<Live<T>, Error> {
        self.live_options.ttl = Some(ttl);
        self.start(Instant::now()).await
    }

    /// Returns how long the whole load may take.
    pub(crate) fn effective_timeout(&self) -> Duration {
        self.fetch_options.effective_timeout()
    }

    /// Loads and returns a [`Live`] configuration. The timeout of the load counts from `start`.
    pub(crate) async fn start(self, start: Instant) -> Result<Live<T>, Error> {
        let live_options = self.live_options;
        let load = async {
            check_ttl::<T>(live_options.ttl)?;
            let fetched = self.fetch(start).await?;
            let decoded = fetched.decode::<T>()?;
            decoded.report.emit();
            Ok(Live::new(decoded, fetched, live_options))
        };
        load.await.inspect_err(Error::emit)
    }

    /// Tries every field and reports the failures, without keeping or showing values.
    ///
    /// It also verifies what `cargo stage check` cannot verify: the program's own types, `with`,
    /// `validate`, and the program's own stores. Call it in a test or in a job before the
    /// deployment, with the credentials of the stage. `cargo stage check --run` starts the program
    /// for such a check, which replaces the first load of the configuration.
    ///
    /// ```
    /// # use stage_config::{Error, FailureKind, StageConfig, testing::Memory};
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     table: String,
    ///     port: u16,
    ///     #[config(default = 30)]
    ///     timeout_s: u64,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let values = Memory::new().set("/shop/prod/port", "80a80");
    /// // In a job before the deployment. This example checks values in memory.
    /// let report = Config::loader().stage("prod").local(values).check().await?;
    /// assert!(!report.is_complete());
    ///
    /// let problems = report.failures.iter().map(|one| (one.field(), one.kind()));
    /// let expected = [("table", FailureKind::Missing), ("port", FailureKind::Undecodable)];
    /// assert!(problems.eq(expected));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error only if no field could be tried, because of the stage, the options, the
    /// variables, the local file or the runtime.
    ///
    /// # Panics
    ///
    /// Panics like [`StageConfig::load`](crate::StageConfig::load).
    pub async fn check(self) -> Result<Report, Error> {
        Ok(self.fetch(Instant::now()).await?.check::<T>())
    }

    /// Returns the requests that this load would send. It uses no network.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig};
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     table: String,
    ///     #[stage(dev = "/mail/dev/host", prod = "/mail/prod/host")]
    ///     mail_host: String,
    /// }
    ///
    /// // A test that `prod` reads only values of `prod`.
    /// let plan = Config::loader().stage("prod").plan()?;
    /// let mut requests = plan.calls().into_iter().flat_map(|call| call.requests);
    /// assert!(requests.all(|request| request.address().contains("/prod/")));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the stage, an option, a variable or the local file is wrong.
    pub fn plan(self) -> Result<Plan, Error> {
        Ok(self.prepare()?.0.plan)
    }

    /// Fetches the values, unless `cargo stage check --run` requested a check of this
    /// configuration. The check ends the process.
    async fn fetch(self, start: Instant) -> Result<FetchedConfig, Error> {
        if let Some(request) = check_run::find_request(&T::STRUCT_SCHEMA)? {
            match self.check_and_exit(request).await? {}
        }
        self.fetch_values(start).await
    }

    /// Checks the requested stage with the other options of this loader, and ends the process. The
    /// future is boxed, so that the rare check does not enlarge the future of every load.
    ///
    /// # Errors
    ///
    /// Returns an error if the report cannot be written.
    pub(crate) fn check_and_exit(
        mut self,
        request: CheckRequest,
    ) -> BoxFuture<'static, Result<Infallible, Error>> {
        self.plan_options.stage = Some(request.stage().to_owned());
        let timeout = self.effective_timeout().max(check_run::MIN_TIMEOUT);
        self.fetch_options.timeout = Some(timeout);
        #[cfg(feature = "kms")]
        {
            self.fetch_options.snapshot.first = false;
        }
        let check = async move {
            let fetched = self.fetch_values(Instant::now()).await?;
            Ok(fetched.check::<T>())
        };
        check_run::check_and_exit(&T::STRUCT_SCHEMA, request, check).boxed()
    }

    async fn fetch_values(self, start: Instant) -> Result<FetchedConfig, Error> {
        let (plan, options) = self.prepare()?;
        Ok(fetch(vec![plan], options, start).await?.remove(0))
    }

    fn prepare(self) -> Result<(LoadPlan, FetchOptions), Error> {
        let config = vec![(ConfigType::new::<T>(), self.plan_options)];
        let mut plans = prepare(
            config,
            &[&T::STRUCT_SCHEMA],
            &self.fetch_options.timeout_variable,
        )?;
        Ok((plans.remove(0), self.fetch_options))
    }
}

fn check_ttl<T: ConfigStruct>(ttl: Option<Duration>) -> Result<(), Error> {
    match ttl {
        Some(ttl) if ttl < SHORTEST_TTL => Err(Error::new(
            ErrorKind::Options,
            &T::STRUCT_SCHEMA,
            format!("`live({ttl:?})` would fetch continuously"),
            "use one second or more",
        )),
        _ => Ok(()),
    }
}
