use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(= "/a/{field}")]
struct Config {
    table: String,
}

fn main() {}
