use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = SOURCE, prod = "/a/prod/{field}")]
struct Config {
    #[stage(dev = "/b", prod)]
    table: String,
    queue: String,
}

fn main() {}
