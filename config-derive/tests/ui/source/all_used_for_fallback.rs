use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", fallback = "/a/dev/{field}")]
struct Config {
    #[stage(all = "sealed:table")]
    table: String,
}

fn main() {}
