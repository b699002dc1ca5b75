use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(schemes("ssm", "My Vault"))]
struct Config {
    table: String,
}

fn main() {}
