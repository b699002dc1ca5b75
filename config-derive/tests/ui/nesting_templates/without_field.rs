use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Config {
    #[config(nested)]
    #[stage(dev = "/shop/dev/orders", prod = ["/shop/prod/orders/{field}", "/shop/prod/orders"])]
    orders: Db,

    // The level `users` is not a part of `{field}`, and no other placeholder inserts this level.
    #[config(nested)]
    #[stage(all = "/shop/{name}/{field}")]
    users: Db,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
}

fn main() {}
