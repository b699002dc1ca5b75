use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "env:{field}", prod = "env:{field}", staging = "env:{field}")]
struct Config {
    host: String,
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Mail {
    #[stage(all = "sealed:stripe_key")]
    password: SecretString,
}

fn main() {}
