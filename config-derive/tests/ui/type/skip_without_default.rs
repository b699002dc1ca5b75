use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    table: String,
    #[config(skip)]
    pool: Pool,
}

struct Pool;

fn main() {}
