//! Options and sources that a composed field cannot have.

use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/compose/{field}")]
struct Config {
    host: String,
    #[config(compose = "https://{host}/", default = "x", refresh = "5m", rename = "url")]
    options: String,
    #[config(secret, compose = "https://{host}/")]
    secret: String,
    #[config(compose = "https://{host}/")]
    #[stage(dev = "/elsewhere")]
    source: String,
    #[config(nested, compose = "https://{host}/")]
    nested: String,
}

fn main() {}
