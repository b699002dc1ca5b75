//! Parts that are, or may be, secret.

use serde::Deserialize;
use stage_config::{SecretString, StageConfig};

#[derive(Deserialize)]
struct Token(String);

#[derive(StageConfig)]
#[stage(dev = "/compose/{field}")]
struct Config {
    password: SecretString,
    token: Token,
    #[stage(dev = "secret:db#user")]
    user: String,
    #[config(nested)]
    #[stage(dev = "secret:db#{field}")]
    db: Db,
    #[config(compose = "https://u:{password}@example.com/")]
    by_type: String,
    #[config(compose = "https://u:{token}@example.com/")]
    by_own_type: String,
    #[config(compose = "https://{user}@example.com/")]
    by_source: String,
    #[config(compose = "https://{db.host}/")]
    by_template: String,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
}

#[derive(StageConfig)]
#[stage(dev = "secret:outer#{field}")]
struct Outer {
    #[config(nested)]
    inner: Inner,
}

/// This struct uses the templates of the root.
#[derive(StageConfig)]
#[config(inherit)]
struct Inner {
    host: String,
    #[config(compose = "https://{host}/")]
    url: String,
}

fn main() {}
