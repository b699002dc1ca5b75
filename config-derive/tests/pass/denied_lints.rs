//! Generated code violates none of the lints that this program denies.

#![deny(warnings, missing_docs, unused, unused_qualifications, unreachable_pub, nonstandard_style, single_use_lifetimes)]
#![deny(elided_lifetimes_in_paths, trivial_casts, unused_results, let_underscore_drop, future_incompatible, variant_size_differences)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

use stage_config::{SecretString, StageConfig};

/// A struct with most of the options.
#[derive(StageConfig)]
#[stage(dev = "/shop/dev/{field}", prod = "/shop/{stage}/{field}")]
#[stage(fallback = ["/shop/{stage}/{field}", "/shop/dev/{field}"])]
#[config(stage_var = "STAGE_NAME", default_stage = "dev", preview("pr-*", "feature*"), account(prod = "111122223333"))]
#[config(rename_all = "kebab-case", app = "shop", schemes("vault"), refresh = "1h", validate = check)]
pub struct Config {
    /// A secret.
    #[stage(dev = "/stripe/test", prod = "/stripe/live", fallback = "/stripe/test")]
    #[config(refresh = "5m")]
    pub stripe_key: SecretString,
    /// An option.
    #[stage(all = "env:LOG_LEVEL")]
    #[config(no_fallback, rename = "level")]
    pub log_level: Option<String>,
    /// A default.
    #[config(default = 30, validate = at_most_a_minute)]
    pub timeout_s: u64,
    /// The type's default.
    #[config(default)]
    pub retries: u8,
    /// Marked as secret by an option.
    #[stage(dev, prod = ["vault:a/b?x=y#c", "/b"], fallback)]
    #[config(secret)]
    pub token: String,
    /// A nested struct.
    #[config(nested = "post")]
    pub mail: Mail,
    /// An optional struct.
    #[config(nested)]
    pub backup: Option<Mail>,
    /// Decoded by a module.
    #[config(with = "seconds")]
    pub wait: Option<std::time::Duration>,
    /// Skipped.
    #[config(skip)]
    pub count: u32,
}

/// Nested.
#[derive(StageConfig)]
#[config(inherit)]
pub struct Mail {
    /// A host.
    pub host: String,
    /// A port.
    #[stage(all = "value:25")]
    pub port: u16,
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Some(Duration::from_secs(u64::deserialize(from)?)))
    }
}

const fn check(_config: &Config) -> Result<(), &'static str> {
    Ok(())
}

const fn at_most_a_minute(seconds: &u64) -> Result<(), &'static str> {
    if *seconds > 60 { Err("more than a minute") } else { Ok(()) }
}

fn main() {}
