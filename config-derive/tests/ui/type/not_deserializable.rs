use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    mail: Mail,
}

struct Mail {
    host: String,
}

fn main() {}
