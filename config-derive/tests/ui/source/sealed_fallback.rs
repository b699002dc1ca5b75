use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[stage(fallback = "/a/dev/{field}")]
struct Config {
    #[stage(all = "/b", fallback = "sealed:table")]
    table: String,
}

fn main() {}
