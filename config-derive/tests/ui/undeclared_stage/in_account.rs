use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(account(staging = "111122223333", fallback = "111122223333"))]
struct Config {
    table: String,
}

fn main() {}
