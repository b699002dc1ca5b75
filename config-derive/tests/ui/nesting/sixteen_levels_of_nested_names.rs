use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/{field}")]
struct Config {
    #[config(nested = "a/b/c/d/e/f/g")]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    #[config(nested = "h/i/j/k/l/m/n/o")]
    server: Server,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Server {
    host: String,
}

fn main() {}
