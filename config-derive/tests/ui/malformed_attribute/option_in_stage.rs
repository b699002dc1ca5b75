use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}")]
struct Config {
    #[stage(default = 30)]
    timeout_s: u64,
    #[stage(validate = check)]
    port: u16,
}

fn check(_: &u16) -> Result<(), &'static str> {
    Ok(())
}

fn main() {}
