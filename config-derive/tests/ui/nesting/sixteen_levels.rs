use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/b/c/d/e/f/g/h/i/j/k/l/m/{field}")]
struct Config {
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    #[config(nested)]
    server: Server,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Server {
    host: String,
}

fn main() {}
