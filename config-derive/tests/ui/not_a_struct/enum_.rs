use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
enum Config {
    A,
}

fn main() {}
