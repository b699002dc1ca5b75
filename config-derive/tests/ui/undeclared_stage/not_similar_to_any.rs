use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(dev = "/b", prod = "/c", "load-test" = "/d")]
    table: String,
}

fn main() {}
