use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/shop/dev/{field}", prod)]
struct Config {
    #[config(nested)]
    #[stage(dev = "/orders/{field}", prod)]
    orders: Option<Db>,

    #[config(nested)]
    #[stage(prod = "/users/{field}", dev)]
    users: Users,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    #[config(default = 5432)]
    port: u16,
}

#[derive(StageConfig)]
#[stage(dev, prod = "/users/{field}")]
struct Users {
    #[config(default = 5432)]
    port: u16,
}

fn main() {}
