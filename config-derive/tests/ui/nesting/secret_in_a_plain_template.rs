use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "env:{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
    password: SecretString,
}

fn main() {}
