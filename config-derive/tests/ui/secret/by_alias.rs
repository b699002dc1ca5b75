use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(dev = "env:KEY", prod = "/key")]
    key: Hidden,
}

type Hidden = Option<SecretString>;

fn main() {}
