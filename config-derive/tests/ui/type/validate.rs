use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(validate = positive)]
    count: u8,
}

fn positive(_: &u16) -> Result<(), &'static str> {
    Ok(())
}

fn main() {}
