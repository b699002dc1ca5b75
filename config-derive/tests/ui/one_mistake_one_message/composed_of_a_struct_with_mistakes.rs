use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}")]
struct Config {
    #[config(nested)]
    db: Db,
    #[config(nested)]
    cache: Cache,
    #[config(compose = "https://{db.user}@{cache.host.name}/")]
    url: String,
}

// `inherit` is missing.
#[derive(StageConfig)]
struct Db {
    user: String,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Cache {
    #[config(nested)]
    host: Host,
}

#[derive(StageConfig)]
#[config(inherit, colour = "red")]
struct Host {
    name: String,
}

fn main() {}
