use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "env:{field}", prod = "env:{field}")]
#[config(snapshot = "../{stage}.snapshot")]
struct Up {
    table: String,
}

#[derive(StageConfig)]
#[stage(dev = "env:{field}", prod = "env:{field}")]
#[config(snapshot = "sealed/{stage}/snapshot")]
struct AmongValues {
    table: String,
}

fn main() {}
