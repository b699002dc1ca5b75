use std::collections::HashMap;

use stage_config::{SecretString, StageConfig};

type Keys = HashMap<String, SecretString>;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
struct Config {
    #[config(plain)]
    key: SecretString,
    #[config(plain)]
    keys: Option<Vec<Keys>>,
}

fn main() {}
