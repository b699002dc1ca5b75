use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev", prod = "/a/prod/{field}")]
struct Config {
    table: String,
}

fn main() {}
