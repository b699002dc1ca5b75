use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "secret:db?version_id=x&version_stage=y")]
    table: String,
}

fn main() {}
