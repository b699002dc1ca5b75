use std::collections::HashMap;

use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}")]
struct Config {
    homepage: url::Url,
    mirrors: Option<Vec<url::Url>>,
    by_name: HashMap<String, url::Url>,
}

fn main() {}
