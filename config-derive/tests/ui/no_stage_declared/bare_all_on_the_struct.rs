use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", all)]
struct Config {
    table: String,
}

fn main() {}
