use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage("pr-1" = "env:{stage}_{field}")]
struct Config {
    table: String,
}

fn main() {}
