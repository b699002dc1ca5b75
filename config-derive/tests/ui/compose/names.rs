//! Names in a template that are not names of a field with a value.

use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "/compose/{field}")]
struct Config {
    host: String,
    #[config(nested)]
    db: Db,
    #[config(compose = "https://{hots}/")]
    typo: SecretString,
    #[config(compose = "https://{db.usr}@example.com/")]
    nested_typo: SecretString,
    #[config(compose = "https://{db}/")]
    of_struct: SecretString,
    #[config(compose = "https://{host.name}/")]
    of_value: SecretString,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    user: String,
    password: SecretString,
}

fn main() {}
