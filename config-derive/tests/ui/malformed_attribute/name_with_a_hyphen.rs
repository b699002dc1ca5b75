use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(pr-1 = "/a/{field}")]
struct Config {
    table: String,
}

fn main() {}
