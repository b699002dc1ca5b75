use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", fallback = "/b/{field}")]
#[config(preview("pr-?", "", "../*"))]
struct Config {
    table: String,
}

fn main() {}
