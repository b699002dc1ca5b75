use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[stage(all = "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p")]
    table: String,
}

fn main() {}
