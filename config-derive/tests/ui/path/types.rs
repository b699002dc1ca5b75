//! The type of a field that reads a path must be a map.

use stage_config::{SecretString, StageConfig};
use std::collections::BTreeMap;

#[derive(StageConfig)]
struct Config {
    #[stage(dev = "/path/limits/*", prod = "/path/text")]
    text: String,
    #[stage(dev = "/path/limits/*?region=eu-central-1", prod = "/path/secret")]
    secret: SecretString,
    #[stage(dev = "/path/limits", prod = "/path/limits/*")]
    list: Vec<String>,
    #[stage(all = ["/path/limits", "ssm:/path/{stage}/*"])]
    option: Option<u16>,
    #[stage(all = "/path/limits/*")]
    map: Option<BTreeMap<String, u16>>,
}

fn main() {}
