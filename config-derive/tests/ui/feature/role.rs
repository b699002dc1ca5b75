//! The cargo feature `assume-role` is disabled.

use stage_config::StageConfig;

#[derive(StageConfig)]
struct Config {
    #[stage(dev = "/feature/table?role=arn:aws:iam::111122223333:role/central")]
    table: String,
}

fn main() {}
