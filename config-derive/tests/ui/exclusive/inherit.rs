use stage_config::StageConfig;

#[derive(StageConfig)]
#[config(stage_var = "STAGE", inherit, default_stage = "dev", preview("pr-*"), account(dev = "111122223333"))]
struct Config {
    table: String,
}

fn main() {}
