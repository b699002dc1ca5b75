use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Config {
    #[config(nested)]
    #[stage(dev = "secret:shop/dev/orders-db", prod = "secret:rds!db-8d2f#password")]
    orders: Db,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
}

fn main() {}
