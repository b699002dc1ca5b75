use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", prod)]
#[config(inherit)]
struct Config {
    table: String,
}

fn main() {}
