use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(account(prod = "1234"))]
struct Config {
    table: String,
}

fn main() {}
