//! The smallest program with stage-config. The bench reports its size and the number of its crates.

use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(prod = "/coldstart/{field}")]
struct Config {
    key_000: SecretString,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let config = runtime.block_on(Config::load())?;
    std::hint::black_box(&config.key_000);
    Ok(())
}
