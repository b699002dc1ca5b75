use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", prod = "/a/{field}", staging = "/a/{field}")]
struct Config {
    host: String,
    #[config(nested)]
    databases: Databases,
}

#[derive(StageConfig)]
#[config(inherit)]
#[stage(dev, prod)]
struct Databases {
    #[config(nested)]
    #[stage(all = "sealed:stripe_key#{field}")]
    orders: Db,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    password: SecretString,
}

fn main() {}
