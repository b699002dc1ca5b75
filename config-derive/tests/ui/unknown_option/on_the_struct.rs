use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(defualt_stage = "dev", colour = "red")]
struct Config {
    table: String,
}

fn main() {}
