use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(prod = "sealed:{field}")]
struct Config {
    stripe_key: SecretString,
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    password: SecretString,
}

fn main() {}
