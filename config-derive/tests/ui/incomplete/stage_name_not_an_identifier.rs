use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", "pr-1" = "/b/{field}")]
struct Config {
    #[stage(dev = "/b")]
    table: String,
}

fn main() {}
