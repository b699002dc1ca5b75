use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(rename = "a#b")]
    table: String,
    #[config(nested = "")]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

fn main() {}
