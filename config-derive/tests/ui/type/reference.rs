use stage_config::StageConfig;
use std::path::Path;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}")]
struct Config {
    text: &'static str,
    optional: Option<&'static str>,
    list: Vec<&'static [u8]>,
    path: &'static Path,
    number: &'static u16,
    #[config(compose = "{name:raw}")]
    composed: &'static str,
    name: String,
}

fn main() {}
