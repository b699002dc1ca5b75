//! The stage `staging` is added to the struct of the README.

use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "/orders/dev/{field}", prod = "/orders/prod/{field}")]
#[stage(staging = "/orders/staging/{field}")]
struct Config {
    #[stage(dev = "/stripe/test", prod = "/stripe/live")]
    stripe_key: SecretString,
    table_name: String,
    #[config(default = 30)]
    timeout_s: u64,
}

fn main() {}
