use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = SOURCE, prod = ["/a/{field}", SOURCE], staging = 3)]
struct Config {
    table: String,
}

fn main() {}
