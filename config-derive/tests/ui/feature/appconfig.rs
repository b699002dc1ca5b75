use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "appconfig:shop/dev/flags#checkout.enabled")]
    checkout: bool,
}

fn main() {}
