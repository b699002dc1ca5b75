use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "env:{field}", fallback = "env:{field}")]
struct Config {
    host: String,
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[stage(dev)]
struct Mail {
    #[stage(all = "sealed:stripe_key")]
    password: SecretString,
}

fn main() {}
