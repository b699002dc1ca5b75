use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(default_stage = "devel")]
struct Config {
    table: String,
}

fn main() {}
