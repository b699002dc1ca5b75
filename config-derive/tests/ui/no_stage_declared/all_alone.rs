use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(all = "/a/{field}")]
struct Config {
    table: String,
}

fn main() {}
