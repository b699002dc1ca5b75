use stage_config::StageConfig;

#[derive(StageConfig)]
#[config(stage_var = "APP_STAGE")]
#[stage(dev = "/a/dev/{field}")]
struct Config {
    #[config(nested)]
    mail: Mail,
    #[config(nested)]
    queue: Queue,
}

#[derive(StageConfig)]
#[config(stage_var = "MAIL_STAGE")]
#[stage(dev = "/mail/dev/{field}")]
struct Mail {
    host: String,
}

#[derive(StageConfig)]
#[config(default_stage = "dev")]
#[stage(dev = "/queue/dev/{field}")]
struct Queue {
    url: String,
}

fn main() {}
