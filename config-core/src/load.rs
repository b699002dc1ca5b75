//! The loader: the options of a load, and the steps of every load.

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
    store::{Store, local::Local},
};
use futures_util::future::{BoxFuture, FutureExt};
use std::{convert::Infallible, marker::PhantomData, sync::Arc, time::Duration};
use tokio::time::Instant;

/// The minimum `ttl` of [`Loader::live`]. A refresh may take half a second by default, so with a
/// shorter `ttl` the program would fetch nearly all the time.
const SHORTEST_TTL: Duration = Duration::from_secs(1);

/// The options of one load, and the methods that run it.
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

    /// Loads this stage and ignores the stage variable. The rules for stage names still apply.
    pub fn stage(mut self, name: impl Into<String>) -> Self {
        self.plan_options.stage = Some(name.into());
        self
    }

    /// Uses the program's own AWS configuration: its credentials, region, HTTP client and
    /// endpoints.
    ///
    /// A load leaves no open connection in that HTTP client, because a freeze of the process in
    /// Lambda breaks the connection. Another AWS client of the program that shares the HTTP client
    /// and has no timeouts may leave a broken connection in it. Then the first refresh after a
    /// freeze ([`Live`]) loses one attempt, which takes half a second: the whole default of
    /// [`refresh_timeout`](Self::refresh_timeout). Without this option, each refresh uses a new
    /// HTTP client.
    #[cfg(feature = "aws-store")]
    pub fn aws(mut self, config: &aws_types::SdkConfig) -> Self {
        self.fetch_options.backends.aws = Some(config.clone());
        self
    }

    /// Registers a store for a scheme that `#[config(schemes("…"))]` names. A store for a built-in
    /// scheme (`"ssm"`) replaces the built-in store.
    pub fn store(mut self, scheme: impl Into<String>, store: impl Store + 'static) -> Self {
        self.fetch_options
            .backends
            .stores
            .insert(scheme.into(), Arc::new(store));
        self
    }

    /// Replaces every remote store with a TOML file or with values in memory. The variable
    /// `STAGE_CONFIG_LOCAL` takes precedence.
    pub fn local(mut self, local: impl Into<Local>) -> Self {
        self.plan_options.local = Some(local.into());
        self
    }

    /// Adds values for fields without a fetched value. They take precedence over a field's own
    /// `default`, and a later provider takes precedence over an earlier one.
    ///
    /// The keys are the names of the Rust fields. The Figment profile is the stage.
    ///
    /// A type that takes text accepts only text and dates. A date of a TOML file is its text, such
    /// as `2024-05-01`. A number, `true`, a list or a table from a provider is an error, whose help
    /// says to quote the value. The rule applies to text fields (`String`, `char`, bytes in base64,
    /// a list of texts) and to all text inside a type of your own: newtypes, struct fields, variant
    /// names and their content, list items, map values. One exception: a field of bytes accepts a
    /// list with a number for each byte. A type that takes a number gets the number. A type that
    /// first inspects the data (`#[serde(untagged)]`, `#[serde(flatten)]`) gets a number as a
    /// number and a date as text.
    ///
    /// Figment's `Env` reads `0123` as the number 123 unless the variable itself contains quotes
    /// (`"0123"`). It also strips these quotes and the white space around a text. This crate cannot
    /// detect either.
    #[cfg(feature = "figment")]
    pub fn defaults(mut self, provider: impl figment::Provider) -> Self {
        self.plan_options.defaults = self.plan_options.defaults.merge(provider);
        self
    }

    /// Adds values that take precedence over fetched ones. A field that has such a value is not
    /// fetched. A later provider takes precedence over an earlier one; the variables
    /// `STAGE_CONFIG_SOURCE__…` and `STAGE_CONFIG_SET__…` take precedence over all providers. Text
    /// fields follow the rules of [`defaults`](Self::defaults).
    #[cfg(feature = "figment")]
    pub fn overrides(mut self, provider: impl figment::Provider) -> Self {
        self.plan_options.overrides = self.plan_options.overrides.merge(provider);
        self
    }

    /// Reads secrets with `BatchGetSecretValue`, up to twenty per call, like `#[config(secrets =
    /// "batch")]`. Pinned versions are still read one by one.
    ///
    /// Use it with care. Secrets Manager allows 100 of these calls per second and region, but
    /// 10,000 calls of `GetSecretValue`. So functions that start together are throttled sooner.
    /// The policy needs `secretsmanager:BatchGetSecretValue` on `"*"`, in addition to
    /// `secretsmanager:GetSecretValue` on each secret. The benefit is fewer connections: one for
    /// twenty secrets.
    pub fn batch_secrets(mut self) -> Self {
        self.plan_options.batch_secrets = true;
        self
    }

    /// Sets how long the whole load may take, including credentials and retries. The variable
    /// `STAGE_CONFIG_TIMEOUT` (`5s`) takes precedence.
    ///
    /// The default depends on where the process runs ([`Platform`](crate::report::Platform)):
    ///
    /// | platform | default | because |
    /// |---|---|---|
    /// | SnapStart | 6 s | Lambda stops a restore after 10 s, with all hooks |
    /// | Managed Instances | 30 s | an INIT may take longer than 10 s |
    /// | any other | 8 s | Lambda stops an INIT after 10 s |
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.fetch_options.timeout = Some(timeout);
        self
    }

    /// Sets how long a refresh may delay the one caller that runs it. The default is 500 ms. See
    /// [`Live::current`].
    ///
    /// A function with little memory needs several hundred milliseconds for a TLS connection alone.
    pub fn refresh_timeout(mut self, timeout: Duration) -> Self {
        self.live_options.refresh_timeout = Some(timeout);
        self
    }

    /// Sets the maximum age of values whose refreshes fail. If the values are older,
    /// [`Live::current`] refreshes them first, and returns an error if that refresh fails. Without
    /// this option the last good values are served forever.
    ///
    /// The age counts from the load or from the last successful refresh; values from a snapshot are
    /// as old as the snapshot. After the maximum age, all callers wait for one shared refresh,
    /// which may take as long as a whole load.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.live_options.max_age = Some(max_age);
        self
    }

    /// Sets how long a load asks the stores before it uses the snapshot of a struct with
    /// `#[config(snapshot = "…")]`. The default is half of the load's timeout.
    ///
    /// The time counts from the start of the load. It is at most three quarters of the timeout,
    /// which leaves time to open the snapshot. If the stage has no usable snapshot, the load asks
    /// the stores until its timeout.
    #[cfg(feature = "kms")]
    pub fn snapshot_after(mut self, delay: Duration) -> Self {
        self.fetch_options.snapshot.after = Some(delay);
        self
    }

    /// Loads from the snapshot first: one call to KMS replaces the calls for all values that the
    /// snapshot provides.
    ///
    /// Use it if thousands of functions start at once and can work with the values of yesterday.
    /// The same wave also fetches the values that the snapshot does not provide: fields with
    /// `refresh` (unless the struct sets `snapshot_refreshed`), sealed files, variables encrypted
    /// with KMS, and the program's own stores. If the snapshot is unusable, the load asks the
    /// stores instead and logs the reason as a warning.
    #[cfg(feature = "kms")]
    pub fn snapshot_first(mut self) -> Self {
        self.fetch_options.snapshot.first = true;
        self
    }

    /// Fetches and decodes the whole configuration, and returns it with its report.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] that lists every failure.
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
    /// # Errors
    ///
    /// Returns the errors of [`resolve`](Self::resolve). Returns [`ErrorKind::Options`] if `ttl` is
    /// under one second.
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
    /// # Errors
    ///
    /// Returns an error only if no field could be tried, because of the stage, the options, the
    /// variables, the local file or the runtime.
    pub async fn check(self) -> Result<Report, Error> {
        Ok(self.fetch(Instant::now()).await?.check::<T>())
    }

    /// Returns the requests that this load would send. It uses no network.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`check`](Self::check).
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

    /// Checks the requested stage with the program's other options, and ends the process. The
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
