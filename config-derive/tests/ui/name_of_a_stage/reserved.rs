use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(default = "/a/{field}", Global = "/b/{field}")]
struct Config {
    table: String,
}

fn main() {}
