use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    #[stage(dev = "/host", prod = "/host", prdo = "/host")]
    host: String,
}

fn main() {}
