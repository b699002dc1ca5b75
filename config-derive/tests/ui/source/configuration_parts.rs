use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "appconfig:shop/flags")]
    two_parts: String,
    #[stage(all = "appconfig:shop/dev/web/flags")]
    four_parts: String,
    #[stage(all = "appconfig:my shop/dev/flags")]
    space: String,
    #[stage(all = "appconfig:shop/dev/flags?version=3")]
    option: String,
}

fn main() {}
