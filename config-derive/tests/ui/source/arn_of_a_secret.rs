use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db")]
    table: String,
}

fn main() {}
