use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "env:LOG_LEVEL?plaintext=yes")]
    table: String,
}

fn main() {}
