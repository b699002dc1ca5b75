use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    #[stage(all = "sealed:stripe_key")]
    password: SecretString,
}

fn main() {}
