use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}" prod = "/a/prod/{field}")]
struct Config {
    #[stage(dev = "/a/table" prod = "/b/table")]
    table: String,
    #[config(default = 30 rename = "queues")]
    queue: u16,
}

fn main() {}
