use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "env:{field}", staging = "env:{field}", prod = "env:{field}", qa = "env:{field}")]
#[config(snapshot = "sealed/{stage}.snapshot")]
struct Config {
    table: String,
}

fn main() {}
