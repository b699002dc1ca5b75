//! From options to a configuration: the one way that every load goes.

#[cfg(not(feature = "kms"))]
use crate::fetch::TimeBudget;
#[cfg(feature = "kms")]
use crate::snapshot::{self, LoadWindow, SnapshotOptions};
use crate::{
    backends::{Backends, WaveResult},
    config_struct::ConfigStruct,
    error::{Error, ErrorKind},
    fetched_config::FetchedConfig,
    layers::Layer,
    live::Live,
    load_plan::{ConfigType, LiveOptions, LoadPlan},
    loaded::Loaded,
    plan::Plan,
    report::Report,
    resolve::{Layers, resolve},
    runtime::check_runtime,
    schema::Schema,
    stage::Stage,
    store::{Store, environment::Environment, local::Local},
    variables::{self, DeadlineVariable, EnvOptions},
};
use figment::Provider;
use std::{marker::PhantomData, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Under Lambda's 10 s for INIT, with room for the rest of it.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(8);
/// Longer than anybody waits, and short enough to be added to a point in time.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

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
    settings: LoadSettings,
    config: PhantomData<fn() -> T>,
}

#[derive(Default)]
pub(crate) struct LoadSettings {
    stage: Option<String>,
    local: Option<Local>,
    backends: Backends,
    defaults: Layer,
    overrides: Layer,
    timeout: Option<Duration>,
    /// What the variable of the deadline says, once it was read: a call reads it once.
    deadline_variable: Option<DeadlineVariable>,
    batch_secrets: bool,
    live: LiveOptions,
    #[cfg(feature = "kms")]
    snapshot: SnapshotOptions,
}

impl<T: ConfigStruct> Loader<T> {
    pub(crate) fn new() -> Self {
        Self { settings: LoadSettings::default(), config: PhantomData }
    }

    /// Loads this stage, and does not read the stage variable. The rules for names of stages hold all the same.
    pub fn stage(mut self, name: impl Into<String>) -> Self {
        self.settings.stage = Some(name.into());
        self
    }

    /// Uses the program's own AWS configuration: its credentials, region, HTTP client and endpoints.
    ///
    /// No connection is left behind in its HTTP client, since it would be dead when Lambda has kept the process frozen. One that
    /// another client without timeouts left there costs the first refresh after that ([`Live`]) a try: half a second, and so all the time
    /// that [`refresh_timeout`](Self::refresh_timeout) gives it by default. Without this option a refresh has an HTTP client of its own.
    #[cfg(feature = "aws-store")]
    pub fn aws(mut self, config: &aws_types::SdkConfig) -> Self {
        self.settings.backends.aws = Some(config.clone());
        self
    }

    /// Registers a store for a scheme: one named in `#[config(schemes("…"))]`, or in place of a built-in one (`"ssm"`).
    pub fn store(mut self, scheme: impl Into<String>, store: impl Store + 'static) -> Self {
        self.settings.backends.stores.insert(scheme.into(), Arc::new(store));
        self
    }

    /// Puts a TOML file, or values in memory, in place of every remote store. The variable `STAGE_CONFIG_LOCAL` wins over it.
    pub fn local(mut self, local: impl Into<Local>) -> Self {
        self.settings.local = Some(local.into());
        self
    }

    /// Values below what is fetched, and above a field's own `default`. A later provider wins over an earlier one.
    ///
    /// Keys are the fields' names in Rust; figment's profile is the stage.
    ///
    /// A field of text (`String`, `char`, bytes in base64, a list of texts) takes text alone: a number, `true`, a date, a list or
    /// a table of a provider is an error that says to quote it. Figment's `Env` takes `0123` for the number 123 unless the
    /// variable itself holds quotes (`"0123"`). It also drops white space around a text, and these quotes; nothing here can see
    /// that. A field whose type is your own gets the number as it is.
    pub fn defaults(mut self, provider: impl Provider) -> Self {
        self.settings.defaults = self.settings.defaults.merge(provider);
        self
    }

    /// Values above what is fetched; a field that has one is not fetched. A later provider wins over an earlier one, and the
    /// variables `STAGE_CONFIG_SOURCE__…` and `STAGE_CONFIG_SET__…` over all of them. What a field of text takes is as for
    /// [`defaults`](Self::defaults).
    pub fn overrides(mut self, provider: impl Provider) -> Self {
        self.settings.overrides = self.settings.overrides.merge(provider);
        self
    }

    /// Reads secrets with `BatchGetSecretValue`, twenty a call, as `#[config(secrets = "batch")]` does; pinned versions alone.
    ///
    /// Think twice: Secrets Manager allows 100 such calls a second and region, but 10,000 `GetSecretValue`, so that many
    /// functions which start at once are throttled sooner; and the policy needs `secretsmanager:BatchGetSecretValue` on
    /// `"*"`, beside `secretsmanager:GetSecretValue` on each secret. What it saves is connections: one for twenty secrets.
    pub fn batch_secrets(mut self) -> Self {
        self.settings.batch_secrets = true;
        self
    }

    /// How long the whole load may take, credentials and retries included. 8 s unless set here or, which wins, by the
    /// variable `STAGE_CONFIG_TIMEOUT` (`5s`): Lambda stops an INIT after 10 s.
    pub fn timeout(mut self, deadline: Duration) -> Self {
        self.settings.timeout = Some(deadline);
        self
    }

    /// How long the one caller that refreshes may be kept from its work; 500 ms unless set here. See [`Live::current`].
    ///
    /// A function with little memory needs some hundred milliseconds for a TLS connection alone.
    pub fn refresh_timeout(mut self, longest: Duration) -> Self {
        self.settings.live.refresh_timeout = Some(longest);
        self
    }

    /// How old values may get whose refreshes fail, before [`Live::current`] is an error; without it they are served forever.
    ///
    /// Counted from the last refresh that went well; values from a snapshot are as old as that. Once it has passed, whoever asks waits for a refresh, one for all, within the
    /// deadline of a whole load.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.settings.live.max_age = Some(age);
        self
    }

    /// How long the stores are asked before the load turns to the snapshot, of a struct with `#[config(snapshot = "…")]`; half of the
    /// deadline unless set here.
    ///
    /// It counts from the start of the load, and is three quarters of the deadline at most, so that time is left to open the snapshot.
    /// Where the stage has no snapshot that could serve, the stores are asked up to the deadline.
    #[cfg(feature = "kms")]
    pub fn snapshot_after(mut self, after: Duration) -> Self {
        self.settings.snapshot.after = Some(after);
        self
    }

    /// Starts from the snapshot at once: one call to KMS in place of all to Parameter Store and Secrets Manager.
    ///
    /// For functions that start by the thousand, and may live with values of yesterday. What a snapshot does not give is asked for in
    /// the same wave: fields with `refresh` (unless the struct says `snapshot_refreshed`), sealed files, variables under KMS and stores of
    /// the program's own. If the snapshot is of no use, the stores are asked as ever, and a warning says why.
    #[cfg(feature = "kms")]
    pub fn snapshot_first(mut self) -> Self {
        self.settings.snapshot.first = true;
        self
    }

    /// Fetches and decodes everything, and hands it over.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once; see [`Error`].
    pub async fn resolve(self) -> Result<Loaded<T>, Error> {
        let resolution = self.settings.run_one(ConfigType::new::<T>(), Instant::now()).await?;
        let decoded = resolution.decode::<T>()?;
        let loaded = Loaded::new(decoded, resolution);
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
        self.settings.live.ttl = Some(ttl);
        self.start(Instant::now()).await
    }

    /// How long the whole load may take.
    pub(crate) fn effective_timeout(&mut self) -> Duration {
        self.settings.effective_timeout()
    }

    /// Loads, and gives what refreshes itself. The time of the load counts from `start`.
    pub(crate) async fn start(self, start: Instant) -> Result<Live<T>, Error> {
        let resolution = self.settings.run_one(ConfigType::new::<T>(), start).await?;
        let decoded = resolution.decode::<T>()?;
        decoded.report.emit();
        Ok(Live::new(decoded, resolution))
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
        let resolution = self.settings.run_one(ConfigType::new::<T>(), Instant::now()).await?;
        Ok(resolution.check::<T>())
    }

    /// What would be fetched. No network.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn plan(self) -> Result<Plan, Error> {
        self.settings.prepare(ConfigType::new::<T>()).map(|prepared| prepared.plan)
    }
}

impl LoadSettings {
    /// Everything that needs no network: stage, variables, local file, providers, plan.
    fn prepare(self, subject: ConfigType) -> Result<LoadPlan, Error> {
        Ok(self.prepare_and_keep_stores(subject)?.0)
    }

    fn prepare_and_keep_stores(mut self, subject: ConfigType) -> Result<(LoadPlan, Self), Error> {
        let schema = subject.schema;
        let stage = match &self.stage {
            Some(name) => Stage::choose(schema, name)?,
            None => Stage::from_environment(schema)?,
        };
        let variables = EnvOptions::read(schema, &stage, self.deadline_variable())?;
        let prepared = self.prepare_with(subject, stage, variables)?;
        Ok((prepared, self))
    }

    fn prepare_with(&mut self, subject: ConfigType, stage: Stage, variables: EnvOptions) -> Result<LoadPlan, Error> {
        let ConfigType { schema, decode_check: judge } = subject;
        let local = variables.local.map(Local::from).or(self.local.take());
        let layers = Layers {
            overrides: std::mem::take(&mut self.overrides).select(stage.name(), schema, "overrides")?,
            local: local.map(|local| local.read_values(schema, &stage)).transpose()?,
            defaults: std::mem::take(&mut self.defaults).select(stage.name(), schema, "defaults")?,
            env_overrides: variables.overrides,
            environment: Environment::Process,
        };
        let mut plan = Plan::with_overrides(schema, stage, |path| layers.has_value(path), &layers.env_overrides)?;
        plan.batch_secrets |= self.batch_secrets;
        let deadline = self.choose_timeout(variables.timeout);
        Ok(LoadPlan { plan, layers, timeout: deadline, live: self.live, decode_check: judge })
    }

    /// The variable wins over the program's option.
    fn choose_timeout(&self, variable: Option<Duration>) -> Duration {
        variable.or(self.timeout).unwrap_or(DEFAULT_TIMEOUT).min(MAX_TIMEOUT)
    }

    /// How long a whole load may take. The load itself reports a variable that does not parse.
    pub(crate) fn effective_timeout(&mut self) -> Duration {
        let variable = self.deadline_variable().unwrap_or(None);
        self.choose_timeout(variable)
    }

    fn deadline_variable(&mut self) -> DeadlineVariable {
        self.deadline_variable.get_or_insert_with(variables::read_timeout).clone()
    }

    async fn run_one(self, subject: ConfigType, start: Instant) -> Result<FetchedConfig, Error> {
        let (prepared, settings) = self.prepare_and_keep_stores(subject)?;
        let mut resolutions = settings.run(vec![prepared], start).await?;
        Ok(resolutions.remove(0))
    }

    /// Loads several configurations in one wave, with default options. A variable about a field may be meant for any that is
    /// `known`, also for one that is loaded already.
    pub(crate) async fn run_all(
        mut self,
        subjects: &[ConfigType],
        known: &[&Schema],
        start: Instant,
    ) -> Result<Vec<FetchedConfig>, Error> {
        let stages = subjects.iter().map(|subject| Stage::from_environment(subject.schema));
        let stages = stages.collect::<Result<Vec<_>, _>>()?;
        let roots: Vec<(&'static Schema, &Stage)> =
            subjects.iter().map(|subject| subject.schema).zip(&stages).collect();
        let variables = EnvOptions::read_together(&roots, known, self.deadline_variable())?;
        let prepare = |((subject, stage), variables): ((&ConfigType, &Stage), EnvOptions)| {
            Self::default().prepare_with(*subject, stage.clone(), variables)
        };
        let prepared = subjects.iter().zip(&stages).zip(variables).map(prepare).collect::<Result<_, _>>()?;
        self.run(prepared, start).await
    }

    async fn run(self, prepared: Vec<LoadPlan>, start: Instant) -> Result<Vec<FetchedConfig>, Error> {
        let Some(first) = prepared.first() else { return Ok(Vec::new()) };
        check_runtime(first.plan.schema)?;
        let deadline = prepared.iter().map(|prepared| prepared.timeout).min().unwrap_or(DEFAULT_TIMEOUT);
        let remote = prepared.iter().filter(|prepared| prepared.layers.local.is_none());
        let remote: Vec<&Plan> = remote.map(|prepared| &prepared.plan).collect();
        let means = Arc::new(self.backends);
        let wave = means.prepare_wave(&remote, &Environment::Process)?;
        #[cfg(feature = "kms")]
        let fetched = {
            let limits = LoadWindow { start, deadline: start + deadline };
            snapshot::fetch(&wave, &prepared, self.snapshot, limits).await
        };
        #[cfg(not(feature = "kms"))]
        let fetched = {
            let (mut all, deadline) = (WaveResult::default(), start + deadline);
            wave.ask(&mut all, |_| true, TimeBudget::from_deadline(deadline)).await;
            vec![Arc::new(all); prepared.len()]
        };
        let resolution = |(prepared, fetched): (LoadPlan, Arc<WaveResult>)| FetchedConfig {
            fields: resolve(&prepared.plan, &prepared.layers, &fetched.outcomes),
            load_plan: prepared,
            backends: means.clone(),
            fetched,
            elapsed: start.elapsed(),
        };
        Ok(prepared.into_iter().zip(fetched).map(resolution).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Mistake;

    /// The time that a call waits for another's load, and that of its own load, are of one reading.
    #[test]
    fn the_variable_of_the_deadline_is_read_once() {
        let seconds = Duration::from_secs;
        let read = |variable| LoadSettings {
            deadline_variable: variable,
            timeout: Some(seconds(5)),
            ..LoadSettings::default()
        };
        let no_duration = Mistake::new(ErrorKind::Options, "", "it is no duration", "");
        for (variable, timeout) in
            [(Ok(Some(seconds(3))), seconds(3)), (Ok(None), seconds(5)), (Err(no_duration), seconds(5))]
        {
            let mut settings = read(Some(variable.clone()));
            assert_eq!(settings.effective_timeout(), timeout);
            assert_eq!(settings.deadline_variable(), variable, "not that of this process");
        }
        let mut settings = read(None);
        assert_eq!(settings.effective_timeout(), seconds(5), "the tests run without the variable");
        assert_eq!(settings.deadline_variable, Some(Ok(None)), "what was read is kept");
    }
}
