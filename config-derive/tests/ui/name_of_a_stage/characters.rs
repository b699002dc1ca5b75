use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage("../prod" = "/a/{field}", "" = "/b/{field}", "_x" = "/c/{field}")]
struct Config {
    table: String,
}

fn main() {}
