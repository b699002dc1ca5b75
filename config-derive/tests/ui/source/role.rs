//! Mistakes in the option `?role=`.

use stage_config::StageConfig;

#[derive(StageConfig)]
struct Config {
    #[stage(dev = "/role/table?role=central")]
    name: String,
    #[stage(dev = "/role/table?role=arn:aws:iam::111122223333:user/central")]
    user: String,
    #[stage(dev = "/role/table?role=arn:aws:iam::{app}:role/central")]
    placeholder: String,
    #[stage(dev = "env:TABLE?role=arn:aws:iam::111122223333:role/central")]
    variable: String,
    #[stage(dev = "/role/table?rolle=arn:aws:iam::111122223333:role/central")]
    misspelled: String,
}

fn main() {}
