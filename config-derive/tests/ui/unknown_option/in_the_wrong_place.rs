use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(rename = "x", default)]
struct Config {
    #[config(rename_all = "lowercase", inherit)]
    table: String,
}

fn main() {}
