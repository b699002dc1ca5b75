use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
struct Config {
    table: String,
    #[config(nested)]
    #[stage(dev = "/orders/{field}")]
    orders: Option<Db>,
}

#[derive(StageConfig)]
#[stage(dev = "/db/dev/{field}", prod = "/db/prod/{field}")]
struct Db {
    #[stage(dev = "/host", prod)]
    host: Option<String>,
}

fn main() {}
