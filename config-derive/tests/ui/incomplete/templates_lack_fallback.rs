use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    table: String,
    #[stage(all = "/q", fallback = "/f")]
    queue: String,
}

fn main() {}
