use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "env:{field}")]
#[config(rename_all = "kebab-case")]
struct Config {
    table_name: String,
}

fn main() {}
