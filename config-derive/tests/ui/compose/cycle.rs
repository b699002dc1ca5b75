//! Templates that need each other, or themselves.

use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/compose/{field}")]
struct Config {
    #[config(compose = "{b:raw}")]
    a: String,
    #[config(compose = "{a:raw}")]
    b: String,
}

#[derive(StageConfig)]
#[stage(dev = "/compose/{field}")]
struct Other {
    host: String,
    #[config(compose = "https://{host}/{own:raw}")]
    own: String,
}

fn main() {}
