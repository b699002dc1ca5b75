use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/dev/{field}")]
struct Config {
    #[config(workspace)]
    table: String,
}

fn main() {}
