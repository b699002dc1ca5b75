use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(prod)]
#[stage(fallback)]
struct Config {
    #[stage(prod = ["sealed:stripe_key", "sealed:shared/stripe_key"], fallback = "sealed:qa/stripe_key")]
    stripe_key: SecretString,
}

fn main() {}
