use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(refresh = "5 minits")]
struct Config {
    #[config(refresh = "0s")]
    table: String,
}

fn main() {}
