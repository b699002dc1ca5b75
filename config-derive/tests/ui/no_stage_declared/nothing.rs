use stage_config::StageConfig;

#[derive(StageConfig)]
#[config(app = "a")]
struct Config {
    table: String,
}

fn main() {}
