use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev, prod)]
#[config(preview("pr-*"))]
struct Config {
    #[config(nested)]
    #[stage(dev = "/orders/{field}", prd = "/orders/{field}", fallback = "/orders/{field}")]
    orders: Db,

    #[config(nested)]
    #[stage(all = "/users/{field}", "pr-*" = "/users/{field}")]
    users: Db,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
}

fn main() {}
