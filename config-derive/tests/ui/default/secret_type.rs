use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(default = "hunter2")]
    by_type: SecretString,
}

fn main() {}
