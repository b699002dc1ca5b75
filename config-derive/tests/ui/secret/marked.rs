use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(dev = "value:x", prod = "env:KEY")]
    #[config(secret)]
    key: String,
    #[config(secret, default = "x".into())]
    other: String,
}

fn main() {}
