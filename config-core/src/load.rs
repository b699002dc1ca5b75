//! The loader: the options of a load, and the one pipeline that every load runs through.

use crate::{
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
use figment::Provider;
use std::{marker::PhantomData, sync::Arc, time::Duration};
use tokio::time::Instant;

/// The shortest `ttl` of [`Loader::live`]. A refresh may take half a second by default.
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
#[must_use = "a loader does nothing before one of its ends is called"]
pub struct Loader<T> {
    what: PlanOptions,
    how: FetchOptions,
    live: LiveOptions,
    config: PhantomData<fn() -> T>,
}

impl<T: ConfigStruct> Loader<T> {
    pub(crate) fn new() -> Self {
        Self {
            what: PlanOptions::default(),
            how: FetchOptions::from_environment(),
            live: LiveOptions::default(),
            config: PhantomData,
        }
    }

    /// Loads this stage and ignores the stage variable. The rules for stage names still apply.
    pub fn stage(mut self, name: impl Into<String>) -> Self {
        self.what.stage = Some(name.into());
        self
    }

    /// Uses the program's own AWS configuration: its credentials, region, HTTP client and
    /// endpoints.
    ///
    /// A load leaves no open connection in that HTTP client, because the connection would be dead
    /// after Lambda has frozen the process. If another client without timeouts left a dead
    /// connection there, the first refresh after a freeze ([`Live`]) loses one attempt: half a
    /// second, which is all the time that [`refresh_timeout`](Self::refresh_timeout) allows by
    /// default. Without this option, refreshes use an HTTP client of their own.
    #[cfg(feature = "aws-store")]
    pub fn aws(mut self, config: &aws_types::SdkConfig) -> Self {
        self.how.backends.aws = Some(config.clone());
        self
    }

    /// Registers a store for a scheme: one that `#[config(schemes("…"))]` names, or a built-in one
    /// (`"ssm"`), which it replaces.
    pub fn store(mut self, scheme: impl Into<String>, store: impl Store + 'static) -> Self {
        self.how.backends.stores.insert(scheme.into(), Arc::new(store));
        self
    }

    /// Replaces every remote store with a TOML file or with values in memory. The variable
    /// `STAGE_CONFIG_LOCAL` takes precedence.
    pub fn local(mut self, local: impl Into<Local>) -> Self {
        self.what.local = Some(local.into());
        self
    }

    /// Adds values that apply if nothing was fetched. They take precedence over a field's own
    /// `default`, and a later provider takes precedence over an earlier one.
    ///
    /// The keys are the names of the Rust fields. The Figment profile is the stage.
    ///
    /// A type that takes text accepts only text. If a provider gives it a number, `true`, a date, a
    /// list or a table, that is an error, and its help says to quote the value. The rule applies to
    /// text fields (`String`, `char`, bytes in base64, a list of texts) and to all text inside a
    /// type of your own: newtypes, struct fields, variant names and their content, list items, map
    /// values. A type that takes a number gets the number. A type that inspects the data first
    /// (`#[serde(untagged)]`, `#[serde(flatten)]`) gets a number as a number and a date as text.
    ///
    /// Figment's `Env` reads `0123` as the number 123 unless the variable itself contains quotes
    /// (`"0123"`). It also strips these quotes and the white space around a text. This crate cannot
    /// detect either.
    pub fn defaults(mut self, provider: impl Provider) -> Self {
        self.what.defaults = self.what.defaults.merge(provider);
        self
    }

    /// Adds values that take precedence over fetched ones. A field that has such a value is not
    /// fetched. A later provider takes precedence over an earlier one; the variables
    /// `STAGE_CONFIG_SOURCE__…` and `STAGE_CONFIG_SET__…` take precedence over all providers. Text
    /// fields follow the rules of [`defaults`](Self::defaults).
    pub fn overrides(mut self, provider: impl Provider) -> Self {
        self.what.overrides = self.what.overrides.merge(provider);
        self
    }

    /// Reads secrets with `BatchGetSecretValue`, up to twenty per call, like `#[config(secrets =
    /// "batch")]`. Pinned versions are still read one by one.
    ///
    /// Use it with care. Secrets Manager allows 100 of these calls per second and region, but
    /// 10,000 calls of `GetSecretValue`, so many functions that start at once are throttled sooner.
    /// The policy needs `secretsmanager:BatchGetSecretValue` on `"*"`, in addition to
    /// `secretsmanager:GetSecretValue` on each secret. The benefit is fewer connections: one for
    /// twenty secrets.
    pub fn batch_secrets(mut self) -> Self {
        self.what.batch_secrets = true;
        self
    }

    /// Sets how long the whole load may take, including credentials and retries. The default is 8
    /// s, because Lambda stops an INIT after 10 s. The variable `STAGE_CONFIG_TIMEOUT` (`5s`) takes
    /// precedence.
    pub fn timeout(mut self, deadline: Duration) -> Self {
        self.how.timeout = Some(deadline);
        self
    }

    /// Sets how long a refresh may delay the one caller that runs it. The default is 500 ms. See
    /// [`Live::current`].
    ///
    /// A function with little memory needs several hundred milliseconds for a TLS connection alone.
    pub fn refresh_timeout(mut self, longest: Duration) -> Self {
        self.live.refresh_timeout = Some(longest);
        self
    }

    /// Sets how old values may become while their refreshes fail. After that, [`Live::current`]
    /// returns an error. Without this option the last good values are served forever.
    ///
    /// The age counts from the last successful refresh; values from a snapshot are as old as the
    /// snapshot. After the maximum age, all callers wait for one shared refresh, which may take as
    /// long as a whole load.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.live.max_age = Some(age);
        self
    }

    /// Sets how long a load asks the stores before it uses the snapshot of a struct with
    /// `#[config(snapshot = "…")]`. The default is half of the load's timeout.
    ///
    /// The time counts from the start of the load. It is at most three quarters of the timeout,
    /// which leaves time to open the snapshot. If the stage has no usable snapshot, the load asks
    /// the stores until its timeout.
    #[cfg(feature = "kms")]
    pub fn snapshot_after(mut self, after: Duration) -> Self {
        self.how.snapshot.after = Some(after);
        self
    }

    /// Loads from the snapshot first: one call to KMS replaces all calls to Parameter Store and
    /// Secrets Manager.
    ///
    /// Use it for functions that start by the thousand and can work with values of yesterday. The
    /// same wave also fetches what the snapshot does not provide: fields with `refresh` (unless the
    /// struct sets `snapshot_refreshed`), sealed files, variables encrypted with KMS, and the
    /// program's own stores. If the snapshot is unusable, the load asks the stores instead and logs
    /// the reason as a warning.
    #[cfg(feature = "kms")]
    pub fn snapshot_first(mut self) -> Self {
        self.how.snapshot.first = true;
        self
    }

    /// Fetches and decodes the whole configuration.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] that lists everything that is wrong.
    pub async fn resolve(self) -> Result<Loaded<T>, Error> {
        let fetched = self.fetch(Instant::now()).await?;
        let loaded = Loaded::new(fetched.decode::<T>()?, fetched);
        loaded.report.emit();
        Ok(loaded)
    }

    /// Loads once and returns the [`Live`] configuration that refreshes itself.
    ///
    /// `ttl` is the maximum age of a value, plus or minus a fifth. A field with `#[config(refresh =
    /// "1m")]` uses its own interval if that is shorter. If no field has `refresh`, all fields are
    /// fetched again after `ttl`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`resolve`](Self::resolve), and [`ErrorKind::Options`] if `ttl` is
    /// under one second, because a refresh may take that long.
    pub async fn live(mut self, ttl: Duration) -> Result<Live<T>, Error> {
        if ttl < SHORTEST_TTL {
            let text = format!("`live({ttl:?})` would fetch all the time");
            return Err(Error::new(ErrorKind::Options, &T::STRUCT_SCHEMA, text, "give it a second or more"));
        }
        self.live.ttl = Some(ttl);
        self.start(Instant::now()).await
    }

    /// Returns how long the whole load may take.
    pub(crate) fn effective_timeout(&self) -> Duration {
        self.how.effective_timeout()
    }

    /// Loads and returns a [`Live`] configuration. The timeout of the load counts from `start`.
    pub(crate) async fn start(self, start: Instant) -> Result<Live<T>, Error> {
        let live = self.live;
        let fetched = self.fetch(start).await?;
        let decoded = fetched.decode::<T>()?;
        decoded.report.emit();
        Ok(Live::new(decoded, fetched, live))
    }

    /// Tries every field and reports what failed. It keeps no values and shows none.
    ///
    /// It verifies what `cargo stage check` cannot: types of the program's own, `with`, `validate`,
    /// and the program's own stores. Call it in a test or in a job before the deployment, with the
    /// credentials of the stage.
    ///
    /// # Errors
    ///
    /// Returns an error only if no field could be tried, because of the stage, the options, the
    /// local file or the runtime.
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

    async fn fetch(self, start: Instant) -> Result<FetchedConfig, Error> {
        let (plan, how) = self.prepare()?;
        Ok(fetch(vec![plan], how, start).await?.remove(0))
    }

    fn prepare(self) -> Result<(LoadPlan, FetchOptions), Error> {
        let config = vec![(ConfigType::new::<T>(), self.what)];
        let mut plans = prepare(config, &[&T::STRUCT_SCHEMA], &self.how.timeout_variable)?;
        Ok((plans.remove(0), self.how))
    }
}
