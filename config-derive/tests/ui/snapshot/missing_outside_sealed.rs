use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(prod = "env:{field}")]
#[config(snapshot = "config/last.snapshot")]
struct Config {
    table: String,
}

fn main() {}
