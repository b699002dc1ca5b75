use stage_config::StageConfig;

#[derive(StageConfig)]

struct Config {
    #[stage(all = "/a")]
    table: String,
    #[stage(all = "/b")]
    queue: String,
}

fn main() {}
