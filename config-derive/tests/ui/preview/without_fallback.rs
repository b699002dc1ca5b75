use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(preview("pr-*"))]
struct Config {
    table: String,
}

fn main() {}
