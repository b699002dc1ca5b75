use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "arn:aws:ssm:eu-central-1:1:parameter/a")]
    table: String,
}

fn main() {}
