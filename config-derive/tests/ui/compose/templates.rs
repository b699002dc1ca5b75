//! Templates that are not valid.

use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "/compose/{field}")]
struct Config {
    host: String,
    #[config(compose = "Server={host};Database={host}")]
    not_a_url: SecretString,
    #[config(compose = "https://example.com/")]
    fixed: SecretString,
    #[config(compose = "https://{host/é b")]
    open: SecretString,
    #[config(compose = "https://{host}:port/{host:encoded}")]
    unknown_form: SecretString,
    #[config(compose)]
    without: SecretString,
}

fn main() {}
