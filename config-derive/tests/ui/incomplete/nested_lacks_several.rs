use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", staging = "/a/staging/{field}", fallback = "/a/dev/{field}")]
struct Config {
    #[config(nested)]
    db: Db,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
    #[stage(dev = "/user")]
    user: String,
    #[stage(dev = "/password")]
    password: String,
    #[config(nested)]
    replica: Replica,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Replica {
    #[stage(dev = "/replica/port", staging = "/replica/port")]
    port: u16,
}

fn main() {}
