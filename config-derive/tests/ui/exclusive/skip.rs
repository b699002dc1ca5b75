use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(dev = "/x")]
    #[config(default = 3, skip, secret)]
    count: u8,
}

fn main() {}
