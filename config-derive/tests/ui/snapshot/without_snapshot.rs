use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "env:{field}")]
#[config(snapshot_max_age = "7d", snapshot_refreshed)]
struct Config {
    table: String,
}

fn main() {}
