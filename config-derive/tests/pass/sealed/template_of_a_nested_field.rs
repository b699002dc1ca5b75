//! A schema embeds the sealed file that the template of a nested field names. The plans of the load
//! name the same file.

use stage_config::{SecretString, StageConfig};

#[derive(StageConfig)]
#[stage(dev, prod, fallback)]
struct Config {
    #[config(nested)]
    #[stage(dev = "/users/{field}", prod = "sealed:stripe_key#{field}", fallback = "sealed:prod/stripe_key#{field}")]
    users: Db,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    password: SecretString,
}

fn main() {
    let files: Vec<_> = Config::SCHEMA.sealed.iter().map(|file| (file.stage, file.name)).collect();
    assert_eq!(files, [("prod", "stage.key"), ("prod", "stripe_key")]);
    for (stage, source) in [("prod", "sealed:stripe_key#password"), ("qa1", "sealed:prod/stripe_key#password")] {
        let plan = Config::loader().stage(stage).plan().expect("all sources are valid");
        assert_eq!(plan.sources("users.password").expect("the field exists"), [source]);
    }
    let _ = |config: Config| config.users.password;
}
