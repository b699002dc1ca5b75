use stage_config::StageConfig;

#[derive(StageConfig)]

struct Config {
    table: String,
    #[stage(dev = "/b", prod = "/c")]
    queue: String,
}

fn main() {}
