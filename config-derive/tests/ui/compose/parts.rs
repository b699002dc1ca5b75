//! Parts and types that a composed field cannot have.

use std::time::Duration;

use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/compose/{field}")]
struct Config {
    hosts: Vec<String>,
    optional: Option<String>,
    #[config(default = Duration::from_secs(3))]
    timeout: Duration,
    #[config(nested)]
    db: Option<Db>,
    host: String,
    #[config(compose = "https://{hosts}/")]
    of_list: String,
    #[config(compose = "https://{optional}/")]
    of_optional: String,
    #[config(compose = "https://{host}/?timeout={timeout}")]
    of_expression: String,
    #[config(compose = "https://{db.host}/")]
    of_optional_struct: String,
    #[config(compose = "https://{host}/")]
    to_list: Vec<String>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
}

fn main() {}
