use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(dev = "/x")]
    #[config(secret, nested, default, rename = "x", with = "m", validate = f, refresh = "5m", no_fallback)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

fn main() {}
