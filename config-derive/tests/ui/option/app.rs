use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(app = "a b")]
struct Config {
    table: String,
}

fn main() {}
