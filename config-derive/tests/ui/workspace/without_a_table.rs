use stage_config::StageConfig;

#[derive(StageConfig)]
#[config(workspace)]
struct Config {
    table: String,
}

fn main() {
    let _ = Config::SCHEMA;
}
