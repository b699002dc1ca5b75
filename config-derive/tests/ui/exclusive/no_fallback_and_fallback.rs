use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "/b", fallback = "/c")]
    #[config(no_fallback)]
    table: Option<String>,
}

fn main() {}
