use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
struct Config<'a> {
    value: &'a str,
}

fn main() {}
