//! Paths that cannot be read, or that would read too much.

use stage_config::StageConfig;
use std::collections::BTreeMap;

#[derive(StageConfig)]
struct Config {
    #[stage(dev = "/*")]
    account: BTreeMap<String, String>,
    #[stage(dev = "/path/*/limits")]
    middle: BTreeMap<String, String>,
    #[stage(dev = "/path/limits*")]
    prefix: BTreeMap<String, String>,
    #[stage(dev = "ssm:path/*")]
    relative: BTreeMap<String, String>,
    #[stage(dev = "/path/limits/*:3")]
    version: BTreeMap<String, String>,
    #[stage(dev = "/path/limits/*#max")]
    key: BTreeMap<String, String>,
    #[stage(dev = "arn:aws:ssm:eu-central-1:111122223333:parameter/path/*")]
    arn: BTreeMap<String, String>,
    #[stage(dev = "/aws/reference/secretsmanager/*")]
    reference: BTreeMap<String, String>,
}

fn main() {}
