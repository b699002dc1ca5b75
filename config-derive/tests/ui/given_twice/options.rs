use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(app = "a", app = "b")]
struct Config {
    #[config(default = 3)]
    #[config(default = 4)]
    table: u8,
}

fn main() {}
