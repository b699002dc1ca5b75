use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", fallback = "/a/dev/{field}")]
struct Config {
    #[stage(dev = "/b", fallbak = "/c")]
    table: String,
}

fn main() {}
