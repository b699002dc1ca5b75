use stage_config::StageConfig;

#[derive(StageConfig)]
#[config(inherit, snapshot = "sealed/{stage}.snapshot", snapshot_max_age = "7d")]
struct Mail {
    host: String,
}

fn main() {}
