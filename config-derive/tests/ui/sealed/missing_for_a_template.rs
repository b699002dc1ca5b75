use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "env:{field}?plaintext=allow", prod = "sealed:{field}")]
struct Config {
    stripe_key: SecretString,
    password: SecretString,

    #[stage(dev, prod = "env:TOKEN?plaintext=allow")]
    token: SecretString,
}

fn main() {}
