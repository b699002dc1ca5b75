use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[stage(staging)]
struct Config {
    table: String,
    queue: String,
    topic: Option<String>,
}

fn main() {}
