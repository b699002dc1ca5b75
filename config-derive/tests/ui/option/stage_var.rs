use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(stage_var = "MY-STAGE")]
struct Config {
    table: String,
}

fn main() {}
