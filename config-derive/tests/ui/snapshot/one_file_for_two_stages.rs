use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "env:{field}", prod = "env:{field}")]
#[config(snapshot = "sealed/all.snapshot")]
struct Config {
    table: String,
}

fn main() {}
