use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "env:{field}", prod = "env:{field}")]
#[config(snapshot = "sealed/{stage}.snapshot", snapshot_max_age = "a week")]
struct NoDuration {
    table: String,
}

#[derive(StageConfig)]
#[stage(dev = "env:{field}", prod = "env:{field}")]
#[config(snapshot = "sealed/{stage}.snapshot", snapshot_max_age = "0s")]
struct NoTime {
    table: String,
}

fn main() {}
