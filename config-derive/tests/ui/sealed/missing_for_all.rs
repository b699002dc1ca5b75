use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Config {
    #[stage(all = "sealed:password#db.password")]
    password: SecretString,
}

fn main() {}
