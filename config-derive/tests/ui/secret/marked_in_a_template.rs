use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "env:{field}")]
struct Config {
    #[config(secret)]
    key: String,
}

fn main() {}
