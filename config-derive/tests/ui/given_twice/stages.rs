use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
#[stage(dev = "/b/{field}")]
struct Config {
    #[stage(all = "/a", all = "/b")]
    table: String,
}

fn main() {}
