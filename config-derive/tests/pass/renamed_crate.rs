//! The crate `stage-config` under another name, as in a crate that re-exports it.

mod framework {
    pub extern crate stage_config as settings;
}

use framework::settings::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
#[config(crate = "crate::framework::settings")]
struct Config {
    key: SecretString,
    #[config(nested)]
    inner: Inner,
}

#[derive(StageConfig)]
#[config(inherit, crate = "framework::settings")]
struct Inner {
    #[config(default = 3)]
    port: u16,
}

fn main() {
    let _ = |config: Config| (config.key, config.inner.port);
}
