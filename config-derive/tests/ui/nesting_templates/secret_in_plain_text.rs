use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Config {
    // In `dev`, `password` has its own source, so it does not use the template `env:USERS_{field}`.
    #[config(nested)]
    #[stage(dev = "env:USERS_{field}", prod = "/users/{field}")]
    users: Users,

    #[config(nested)]
    #[stage(dev = ["/orders/{field}", "env:ORDERS_{field}"], prod = "/orders/{field}")]
    orders: Orders,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Users {
    host: String,
    #[stage(dev = "/users/password", prod)]
    password: SecretString,
}

// This struct's own templates may hold secrets, but the templates of `orders` apply instead.
#[derive(StageConfig)]
#[stage(dev = "/db/{field}", prod = "/db/{field}")]
struct Orders {
    host: String,
    password: SecretString,
}

fn main() {}
