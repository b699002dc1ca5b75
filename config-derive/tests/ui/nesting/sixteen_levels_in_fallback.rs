use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", fallback = ["/a/{field}", "ssm:/a/b/c/d/e/f/g/h/i/j/k/l/m/{stage}/{field}"])]
struct Config {
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: Option<String>,
}

fn main() {}
