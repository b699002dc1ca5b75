use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(default = 3)]
    name: String,
    #[config(default = concat!("a", "b"))]
    text: String,
}

fn main() {}
