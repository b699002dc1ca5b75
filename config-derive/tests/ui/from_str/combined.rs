use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(from_str, with = "module")]
    one: u8,
    #[config(object, from_str)]
    two: u8,
    #[config(nested, from_str)]
    three: u8,
    #[config(from_str, skip)]
    four: u8,
    #[config(from_str = "x")]
    five: u8,
}

fn main() {}
