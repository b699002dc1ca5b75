use stage_config::{SecretString, StageConfig};

struct Level;

type MaybeNumber = Option<u8>;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(from_str)]
    level: Level,
    #[config(from_str)]
    levels: Option<Vec<Level>>,
    #[config(from_str, default)]
    alias: MaybeNumber,
    #[config(from_str)]
    token: SecretString,
}

fn main() {}
