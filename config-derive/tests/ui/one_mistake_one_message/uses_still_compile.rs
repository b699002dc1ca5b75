use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a b/{field}")]
struct Config {
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit, colour = "red")]
struct Mail {
    host: String,
}

async fn load() -> &'static str {
    let config = Config::load().await.expect("loads");
    &config.mail.host
}

fn host() -> &'static str {
    &Config::get().mail.host
}

fn main() {}
