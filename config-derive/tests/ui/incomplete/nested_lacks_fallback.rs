use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", fallback = "/b/{field}")]
struct Config {
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[stage(dev = "/m/{field}")]
struct Mail {
    host: String,
}

fn main() {}
