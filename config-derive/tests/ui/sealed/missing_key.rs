use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev, staging)]
struct Config {
    #[stage(dev = "sealed:stripe_key", staging = "sealed:stripe_key")]
    stripe_key: SecretString,

    // The missing key pair is reported once.
    #[stage(dev = "sealed:stripe_key", staging = "sealed:other")]
    other: SecretString,
}

fn main() {}
