use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(rename_all = "kebap-case")]
struct Config {
    table: String,
}

fn main() {}
