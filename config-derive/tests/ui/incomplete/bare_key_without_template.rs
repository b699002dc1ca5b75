use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", prod)]
struct Config {
    #[stage(dev = "/b", prod)]
    table: String,
    #[stage(all)]
    queue: String,
}

fn main() {}
