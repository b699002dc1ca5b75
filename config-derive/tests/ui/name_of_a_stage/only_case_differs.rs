use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", Dev = "/b/{field}")]
struct Config {
    table: String,
}

fn main() {}
