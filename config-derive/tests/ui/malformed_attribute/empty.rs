use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage()]
#[config]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    table: String,
}

fn main() {}
