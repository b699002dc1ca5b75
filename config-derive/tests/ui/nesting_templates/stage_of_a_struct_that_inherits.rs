use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
struct Config {
    table: String,
    #[config(nested)]
    databases: Databases,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Databases {
    #[config(nested)]
    #[stage(dev = "/orders/{field}", staging = "/orders/{field}")]
    orders: Option<Db>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
}

fn main() {}
