use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "env:{field}")]
struct Config {
    key: SecretString,
}

fn main() {}
