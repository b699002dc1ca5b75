//! The options for the stage, the stores and the layers of a load.

use super::Loader;
use crate::{
    config_struct::ConfigStruct,
    store::{Store, local::Local},
};
use std::sync::Arc;

/// The options for the stage, the stores and the layers.
impl<T: ConfigStruct> Loader<T> {
    /// Loads this stage and ignores the stage variable. The rules for stage names still apply.
    ///
    /// ```
    /// # use stage_config::{Error, ErrorKind, StageConfig};
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     table: String,
    /// }
    ///
    /// // A job that handles every stage, whatever the variable `stage` says.
    /// for stage in Config::SCHEMA.stages {
    ///     let plan = Config::loader().stage(*stage).plan()?;
    ///     assert_eq!(plan.sources("table").unwrap(), [format!("/shop/{stage}/table")]);
    /// }
    ///
    /// let error = Config::loader().stage("porduction").plan().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Stage);
    /// # Ok::<(), Error>(())
    /// ```
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
    /// freeze ([`Live`](crate::Live)) loses one attempt, which takes half a second: the whole
    /// default of [`refresh_timeout`](Self::refresh_timeout). Without this option, each refresh
    /// uses a new HTTP client.
    ///
    /// ```no_run
    /// # use stage_config::{StageConfig, aws};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String }
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// // Reads the parameters from an emulator of AWS on this machine.
    /// let sdk = aws::load_sdk_config().await?;
    /// let sdk = sdk.to_builder().endpoint_url("http://localhost:4566").build();
    /// let config = Config::loader().stage("dev").aws(&sdk).load().await?;
    /// # Ok(())
    /// # }
    /// ```
    // The condition does not use `aws-store`, because the documentation of the package
    // `stage-config` shows the condition, and that package has no feature `aws-store`.
    #[cfg(any(
        feature = "ssm",
        feature = "secrets-manager",
        feature = "appconfig",
        feature = "kms"
    ))]
    pub fn aws(mut self, config: &aws_types::SdkConfig) -> Self {
        self.fetch_options.backends.aws = Some(config.clone());
        self
    }

    /// Registers a store for a scheme that `#[config(schemes("…"))]` names. A store for a built-in
    /// scheme (`"ssm"`) replaces the built-in store.
    ///
    /// A later store for the same scheme replaces an earlier one. If a field has a source of a
    /// scheme without a store, the load returns [`ErrorKind::Options`](crate::ErrorKind::Options)
    /// and sends no request.
    ///
    /// ```
    /// use stage_config::store::{Denied, FetchFuture, Outcome, Request, Store};
    /// use stage_config::{FailureKind, StageConfig};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     table: String,
    /// }
    ///
    /// /// Takes the place of Parameter Store in a test, and denies every read.
    /// struct DenyAll;
    ///
    /// impl Store for DenyAll {
    ///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
    ///         Box::pin(async { vec![Outcome::Denied(Denied::new("by a test")); requests.len()] })
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let loader = Config::loader().stage("prod").store("ssm", DenyAll);
    /// let error = loader.resolve().await.unwrap_err();
    /// assert_eq!(error.failures()[0].kind(), FailureKind::Denied);
    /// # }
    /// ```
    pub fn store(mut self, scheme: impl Into<String>, store: impl Store + 'static) -> Self {
        self.fetch_options
            .backends
            .stores
            .insert(scheme.into(), Arc::new(store));
        self
    }

    /// Replaces every remote store with a TOML file or with values in memory. The variable
    /// `STAGE_CONFIG_LOCAL` takes precedence.
    ///
    /// A load with local values emits a warning, and [`Report::local`](crate::Report::local) names
    /// them. For the keys, see [`Local`].
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig, report::Origin, testing::Memory};
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// struct Config {
    ///     table: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let values = Memory::new().set("/shop/dev/table", "orders");
    /// let loaded = Config::loader().stage("dev").local(values).resolve().await?;
    /// assert_eq!(loaded.config.table, "orders");
    ///
    /// // The report shows that no store was asked.
    /// assert_eq!(loaded.report.local.as_deref(), Some("memory"));
    /// assert_eq!(loaded.report.fields[0].origin, Origin::Local);
    /// assert!(loaded.report.calls.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn local(mut self, local: impl Into<Local>) -> Self {
        self.plan_options.local = Some(local.into());
        self
    }

    /// Adds values for fields without a fetched value. They take precedence over a field's own
    /// `default`, and a later provider takes precedence over an earlier one.
    ///
    /// The keys are the names of the Rust fields. The Figment profile is the stage.
    ///
    /// A type that takes text accepts only text and dates. For a date of a TOML file, the type gets
    /// the text of the date, such as `2024-05-01`. A number, `true`, a list or a table from a
    /// provider is an error, whose help says to quote the value. The rule applies to text fields
    /// (`String`, `char`, bytes in base64, a list of texts) and to all text inside a type of your
    /// own: newtypes, struct fields, variant names and their content, list items, map values. There
    /// is one exception: a field of bytes accepts a list with a number for each byte. A type that
    /// takes a number gets the number. A type that first inspects the data (`#[serde(untagged)]`,
    /// `#[serde(flatten)]`) gets a number as a number and a date as text.
    ///
    /// Figment's `Env` reads `0123` as the number 123 unless the variable itself contains quotes
    /// (`"0123"`). It also strips these quotes and the white space around a text. This crate cannot
    /// detect either.
    ///
    /// ```
    /// use stage_config::figment::providers::Serialized;
    /// # use stage_config::{Error, StageConfig, report::Origin, testing::Memory};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     #[config(default = 30)]
    ///     timeout_s: u64,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// // An empty `Memory` simulates a store that has no value.
    /// let loaded = Config::loader()
    ///     .stage("dev")
    ///     .local(Memory::new())
    ///     .defaults(Serialized::default("timeout_s", 10)) // in every stage
    ///     .defaults(Serialized::default("timeout_s", 5).profile("dev"))
    ///     .resolve()
    ///     .await?;
    /// assert_eq!(loaded.config.timeout_s, 5);
    /// assert_eq!(loaded.report.fields[0].origin, Origin::Defaults);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If a provider fails, the load returns [`ErrorKind::Options`](crate::ErrorKind::Options). The
    /// error does not contain Figment's own message, because that may quote a value. A key that is
    /// not the name of a field is ignored.
    #[cfg(feature = "figment")]
    pub fn defaults(mut self, provider: impl figment::Provider) -> Self {
        self.plan_options.defaults = self.plan_options.defaults.merge(provider);
        self
    }

    /// Adds values that take precedence over fetched ones. A field that has such a value is not
    /// fetched. A later provider takes precedence over an earlier one; the variables
    /// `STAGE_CONFIG_SOURCE__…` and `STAGE_CONFIG_SET__…` take precedence over all providers. Text
    /// fields follow the rules of [`defaults`](Self::defaults).
    ///
    /// ```
    /// use stage_config::figment::providers::Serialized;
    /// # use stage_config::{Error, StageConfig, report::Origin};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// struct Config {
    ///     table: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// // The value of an argument such as `--table orders-copy`.
    /// let table = Serialized::default("table", "orders-copy");
    /// let loaded = Config::loader().stage("dev").overrides(table).resolve().await?;
    /// assert_eq!(loaded.config.table, "orders-copy");
    /// assert_eq!(loaded.report.fields[0].origin, Origin::Override);
    /// assert!(loaded.report.calls.is_empty()); // nothing is left to fetch
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The load returns the errors of [`defaults`](Self::defaults).
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
}
