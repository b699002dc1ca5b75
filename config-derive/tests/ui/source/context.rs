use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "kms-env:KEY?context=console")]
    table: String,
}

fn main() {}
