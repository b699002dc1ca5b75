//! A loaded configuration with its report.

#[cfg(feature = "figment")]
mod provider;

use crate::{decoded_config::DecodedConfig, fetched_config::FetchedConfig, report::Report};

/// The result of [`Loader::resolve`](crate::Loader::resolve): the owned configuration and the
/// report.
///
/// With the cargo feature `figment`, which is on by default, `Loaded` is a `figment::Provider` of
/// every field except secrets, under the profile of the stage. A Figment that merges it selects
/// this profile. A field of unknown secrecy counts as a secret if its source is encrypted or its
/// text is a JSON object or array; `report.withheld` names such fields. A field with the value of
/// its own `default` is included if its type implements `Serialize`, or if the `default` is a
/// string literal.
///
/// ```
/// use stage_config::figment::{Figment, providers::Serialized};
/// # use stage_config::{Error, SecretString, StageConfig, testing::Memory};
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     port: u16,
///     api_key: SecretString,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let values = Memory::new().set("port", "8080").set("api_key", "sk_test_1");
/// let loaded = Config::loader().stage("dev").local(values).resolve().await?;
/// assert_eq!(loaded.config.port, 8080);
/// assert_eq!(loaded.report.stage, "dev");
///
/// // A program that reads its configuration from Figment gets the fetched values there.
/// let figment = Figment::from(Serialized::default("port", 80)).merge(loaded);
/// assert_eq!(figment.extract_inner::<u16>("port").unwrap(), 8080);
/// assert!(figment.find_value("api_key").is_err()); // no secret
/// # Ok(())
/// # }
/// ```
pub struct Loaded<T> {
    /// The configuration.
    pub config: T,
    /// The report, which has the origin of every field.
    pub report: Report,
    #[cfg(feature = "figment")]
    values: provider::FigmentValues,
}

impl<T> Loaded<T> {
    #[cfg(feature = "figment")]
    pub(crate) fn new(decoded: DecodedConfig<T>, fetched: FetchedConfig) -> Self {
        let DecodedConfig {
            config,
            mut report,
            defaults,
        } = decoded;
        let values = provider::FigmentValues::collect(fetched, defaults, &mut report);
        Self {
            config,
            report,
            values,
        }
    }

    #[cfg(not(feature = "figment"))]
    pub(crate) fn new(decoded: DecodedConfig<T>, _: FetchedConfig) -> Self {
        let DecodedConfig { config, report, .. } = decoded;
        Self { config, report }
    }
}

impl<T> std::fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
