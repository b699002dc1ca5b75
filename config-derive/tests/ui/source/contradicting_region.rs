use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "arn:aws:ssm:eu-central-1:111122223333:parameter/a?region=us-east-1")]
    table: String,
}

fn main() {}
