use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Config {
    #[stage(all = "sealed:stripe_key")]
    stripe_key: SecretString,

    #[stage(all = "env:A?plaintext=allow", fallback = "sealed:{stage}/stripe_key")]
    other: SecretString,
}

fn main() {}
