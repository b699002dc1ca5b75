use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(dev = "value:x", prod = "env:KEY")]
    key: SecretString,
}

fn main() {}
