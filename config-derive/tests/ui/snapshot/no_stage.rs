use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(fallback = "env:{field}")]
#[config(snapshot = "sealed/{stage}.snapshot")]
struct Config {
    table: String,
}

fn main() {}
