use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", prod)]
struct Config {
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Outer {
    #[stage(dev = "/a", prod = "/b")]
    table: String,
    #[config(nested)]
    optional: Option<Half>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", prod = "/b/{field}", fallback)]
struct Fallback {
    #[stage(all = "/a")]
    table: String,
    #[config(nested)]
    mail: AllAndBare,
}

#[derive(StageConfig)]
#[config(inherit)]
struct AllAndBare {
    #[stage(all = "/c", fallback)]
    host: Option<String>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Half {
    #[stage(dev = "/c", prod)]
    host: String,
}

fn main() {}
