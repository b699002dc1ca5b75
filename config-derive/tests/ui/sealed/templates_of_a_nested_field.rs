use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev, prod, fallback)]
struct Config {
    #[config(nested)]
    #[stage(dev = "sealed:{field}", prod = "sealed:stripe_key#{field}", fallback = "sealed:stripe_key#{field}")]
    users: Db,

    #[config(nested)]
    #[stage(all = "sealed:dev/orders_db#{field}")]
    orders: Db,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    password: SecretString,
}

fn main() {}
