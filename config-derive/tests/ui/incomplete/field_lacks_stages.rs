use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[stage(staging = "/a/staging/{field}")]
struct Config {
    #[stage(dev = "/b")]
    table: String,
    #[stage(prod = "/c")]
    queue: String,
    #[stage(dev = "/d")]
    topic: Option<String>,
}

fn main() {}
