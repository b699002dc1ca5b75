use stage_config::StageConfig;

#[derive(StageConfig)]
#[config(inherit = true)]
struct Config {
    #[config(no_fallback = true)]
    table: Option<String>,
}

fn main() {}
