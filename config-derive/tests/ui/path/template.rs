//! A template cannot read all parameters below a path.

use stage_config::StageConfig;
use std::collections::BTreeMap;

#[derive(StageConfig)]
#[stage(dev = "/path/{field}/*")]
struct Config {
    limits: BTreeMap<String, u16>,
}

fn main() {}
