use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Config {
    #[stage(dev = "sealed:stripe_key", prod = "sealed:stripe_kay")]
    stripe_key: SecretString,
}

fn main() {}
