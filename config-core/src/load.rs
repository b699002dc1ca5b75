//! From options to a configuration: the one way that every load goes.

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

/// A refresh may take half of it.
const SHORTEST_TTL: Duration = Duration::from_secs(1);

/// Options for one load of a configuration, and its ends.
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

    /// Loads this stage, and does not read the stage variable. The rules for names of stages hold all the same.
    pub fn stage(mut self, name: impl Into<String>) -> Self {
        self.what.stage = Some(name.into());
        self
    }

    /// Uses the program's own AWS configuration: its credentials, region, HTTP client and endpoints.
    ///
    /// No connection is left behind in its HTTP client, since it would be dead when Lambda has kept the process frozen. One that
    /// another client without timeouts left there costs the first refresh after that ([`Live`]) a try: half a second, and so all the time
    /// that [`refresh_timeout`](Self::refresh_timeout) gives it by default. Without this option a refresh has an HTTP client of its own.
    #[cfg(feature = "aws-store")]
    pub fn aws(mut self, config: &aws_types::SdkConfig) -> Self {
        self.how.backends.aws = Some(config.clone());
        self
    }

    /// Registers a store for a scheme: one named in `#[config(schemes("…"))]`, or in place of a built-in one (`"ssm"`).
    pub fn store(mut self, scheme: impl Into<String>, store: impl Store + 'static) -> Self {
        self.how.backends.stores.insert(scheme.into(), Arc::new(store));
        self
    }

    /// Puts a TOML file, or values in memory, in place of every remote store. The variable `STAGE_CONFIG_LOCAL` wins over it.
    pub fn local(mut self, local: impl Into<Local>) -> Self {
        self.what.local = Some(local.into());
        self
    }

    /// Values below what is fetched, and above a field's own `default`. A later provider wins over an earlier one.
    ///
    /// Keys are the fields' names in Rust; figment's profile is the stage.
    ///
    /// Where a type takes text, it takes text alone: a number, `true`, a date, a list or a table of a provider is an error that says
    /// to quote it. That holds for a field of text (`String`, `char`, bytes in base64, a list of texts) and for every text inside
    /// of a type of your own: in a newtype, a field of a struct, the name of a variant and what is in it, an item, the value of a map.
    /// A type that takes a number gets the number. A type that looks at the data first (`#[serde(untagged)]`, `#[serde(flatten)]`)
    /// gets a number as a number, and a date as a text.
    ///
    /// Figment's `Env` takes `0123` for the number 123 unless the variable itself holds quotes (`"0123"`). It also drops white space
    /// around a text, and these quotes; nothing here can see that.
    pub fn defaults(mut self, provider: impl Provider) -> Self {
        self.what.defaults = self.what.defaults.merge(provider);
        self
    }

    /// Values above what is fetched; a field that has one is not fetched. A later provider wins over an earlier one, and the
    /// variables `STAGE_CONFIG_SOURCE__…` and `STAGE_CONFIG_SET__…` over all of them. What a field of text takes is as for
    /// [`defaults`](Self::defaults).
    pub fn overrides(mut self, provider: impl Provider) -> Self {
        self.what.overrides = self.what.overrides.merge(provider);
        self
    }

    /// Reads secrets with `BatchGetSecretValue`, twenty a call, as `#[config(secrets = "batch")]` does; pinned versions alone.
    ///
    /// Think twice: Secrets Manager allows 100 such calls a second and region, but 10,000 `GetSecretValue`, so that many
    /// functions which start at once are throttled sooner; and the policy needs `secretsmanager:BatchGetSecretValue` on
    /// `"*"`, beside `secretsmanager:GetSecretValue` on each secret. What it saves is connections: one for twenty secrets.
    pub fn batch_secrets(mut self) -> Self {
        self.what.batch_secrets = true;
        self
    }

    /// How long the whole load may take, credentials and retries included. 8 s unless set here or, which wins, by the
    /// variable `STAGE_CONFIG_TIMEOUT` (`5s`): Lambda stops an INIT after 10 s.
    pub fn timeout(mut self, deadline: Duration) -> Self {
        self.how.timeout = Some(deadline);
        self
    }

    /// How long the one caller that refreshes may be kept from its work; 500 ms unless set here. See [`Live::current`].
    ///
    /// A function with little memory needs some hundred milliseconds for a TLS connection alone.
    pub fn refresh_timeout(mut self, longest: Duration) -> Self {
        self.live.refresh_timeout = Some(longest);
        self
    }

    /// How old values may get whose refreshes fail, before [`Live::current`] is an error; without it they are served forever.
    ///
    /// Counted from the last refresh that went well; values from a snapshot are as old as that. Once it has passed, whoever asks waits for a refresh, one for all, within the
    /// deadline of a whole load.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.live.max_age = Some(age);
        self
    }

    /// How long the stores are asked before the load turns to the snapshot, of a struct with `#[config(snapshot = "…")]`; half of the
    /// deadline unless set here.
    ///
    /// It counts from the start of the load, and is three quarters of the deadline at most, so that time is left to open the snapshot.
    /// Where the stage has no snapshot that could serve, the stores are asked up to the deadline.
    #[cfg(feature = "kms")]
    pub fn snapshot_after(mut self, after: Duration) -> Self {
        self.how.snapshot.after = Some(after);
        self
    }

    /// Starts from the snapshot at once: one call to KMS in place of all to Parameter Store and Secrets Manager.
    ///
    /// For functions that start by the thousand, and may live with values of yesterday. What a snapshot does not give is asked for in
    /// the same wave: fields with `refresh` (unless the struct says `snapshot_refreshed`), sealed files, variables under KMS and stores of
    /// the program's own. If the snapshot is of no use, the stores are asked as ever, and a warning says why.
    #[cfg(feature = "kms")]
    pub fn snapshot_first(mut self) -> Self {
        self.how.snapshot.first = true;
        self
    }

    /// Fetches and decodes everything, and hands it over.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once; see [`Error`].
    pub async fn resolve(self) -> Result<Loaded<T>, Error> {
        let fetched = self.fetch(Instant::now()).await?;
        let loaded = Loaded::new(fetched.decode::<T>()?, fetched);
        loaded.report.emit();
        Ok(loaded)
    }

    /// Fetches and decodes everything, and hands it over as a configuration that stays fresh: see [`Live`].
    ///
    /// `ttl` is how old a value may get, a fifth more or less: a field with `#[config(refresh = "1m")]` keeps its own time if that is shorter. Where no
    /// field says `refresh`, all are fetched again after `ttl`.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve); [`ErrorKind::Options`] for a `ttl` under one second, which is less than a refresh may take.
    pub async fn live(mut self, ttl: Duration) -> Result<Live<T>, Error> {
        if ttl < SHORTEST_TTL {
            let text = format!("`live({ttl:?})` would fetch all the time");
            return Err(Error::new(ErrorKind::Options, &T::STRUCT_SCHEMA, text, "give it a second or more"));
        }
        self.live.ttl = Some(ttl);
        self.start(Instant::now()).await
    }

    /// How long the whole load may take.
    pub(crate) fn effective_timeout(&self) -> Duration {
        self.how.effective_timeout()
    }

    /// Loads, and gives what refreshes itself. The time of the load counts from `start`.
    pub(crate) async fn start(self, start: Instant) -> Result<Live<T>, Error> {
        let live = self.live;
        let fetched = self.fetch(start).await?;
        let decoded = fetched.decode::<T>()?;
        decoded.report.emit();
        Ok(Live::new(decoded, fetched, live))
    }

    /// Tries every field, keeps nothing and shows no value: what failed stands in the report.
    ///
    /// It verifies what `cargo stage check` cannot: types of the program's own, `with`, `validate`, stores that the program
    /// brings. A test or a job before the deployment may call it, with the credentials of the stage.
    ///
    /// # Errors
    ///
    /// Only where no field could be tried: the stage, the options, the local file, the runtime.
    pub async fn check(self) -> Result<Report, Error> {
        Ok(self.fetch(Instant::now()).await?.check::<T>())
    }

    /// What would be fetched. No network.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
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
