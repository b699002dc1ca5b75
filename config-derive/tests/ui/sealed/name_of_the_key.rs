use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
struct Config {
    #[stage(dev = "sealed:stage.key")]
    stripe_key: SecretString,

    #[stage(dev = "sealed:../prod/stripe_key")]
    other: SecretString,
}

fn main() {}
