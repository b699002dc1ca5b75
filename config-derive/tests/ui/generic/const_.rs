use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
struct Config<const N: usize> {
    value: [u8; N],
}

fn main() {}
