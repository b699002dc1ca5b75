use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}", fallback = "/shop/dev/{field}")]
struct Config {
    table: String,

    #[config(nested)]
    #[stage(dev = "/orders/dev/{field}")]
    orders: Db,

    // The keys name every stage, so none is left out.
    #[config(nested)]
    #[stage(dev = "/users/dev/{field}", prod, fallback)]
    users: Db,

    // An `Option` may leave out stages.
    #[config(nested)]
    #[stage(prod = "/replica/{field}")]
    replica: Option<Db>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
}

fn main() {}
