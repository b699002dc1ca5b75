use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(refresh = "5 minits")]
struct Config {
    #[config(refresh = "0s")]
    table: String,
    #[config(refresh = "999ms")]
    queue: String,
    #[config(refresh = "5")]
    topic: String,
    #[stage(all = "env:LOG_LEVEL")]
    #[config(refresh = "5m")]
    log_level: String,
    #[stage(dev = ["env:A", "value:b"], prod = "/a/prod/changes")]
    #[config(refresh = "5m")]
    changes_in_prod: String,
}

fn main() {}
