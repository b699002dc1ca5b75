use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
union Config {
    a: u8,
}

fn main() {}
