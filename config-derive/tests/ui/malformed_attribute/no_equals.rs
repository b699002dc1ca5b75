use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev "/a/{field}", prod("/a/{field}"))]
struct Config {
    table: String,
}

fn main() {}
