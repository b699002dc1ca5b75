use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{feild}", prod = "/a/{app}/{field}")]
struct Config {
    table: String,
}

fn main() {}
