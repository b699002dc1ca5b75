use stage_config::StageConfig;

#[derive(StageConfig)]

struct Config {
    #[stage(prod = "/a")]
    a: Option<String>,
    #[stage(Prod = "/b")]
    b: Option<String>,
}

fn main() {}
