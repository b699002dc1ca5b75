use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{feild}", prod = "/b/{field}")]
#[config(defualt_stage = "dev")]
struct Config {
    #[stage(dev = "/b")]
    table: String,
    #[stage(dve = "/b", prod = "/c")]
    queue: String,
    #[config(refresh = "soon")]
    topic: String,
}

fn main() {}
