use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[stage(fallback = "/a/dev/{field}")]
struct Config {
    #[stage(dev = "/b", prod = "/c")]
    table: String,
}

fn main() {}
