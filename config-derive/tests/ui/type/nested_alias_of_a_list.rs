use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}")]
struct Config {
    #[config(nested)]
    mails: Mails,
}

type Mails = Vec<Mail>;

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

fn main() {}
