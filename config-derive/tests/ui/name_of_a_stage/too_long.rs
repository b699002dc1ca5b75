use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" = "/a/{field}")]
struct Config {
    table: String,
}

fn main() {}
