//! A schema embeds each sealed file once and unchanged, with the key pair of each stage that has a
//! file.

use stage_config::{SecretString, StageConfig, schema::SealedFile};

#[derive(StageConfig)]
#[stage(dev = "env:{field}?plaintext=allow", prod = "sealed:{field}", fallback = "env:{field}?plaintext=allow")]
struct Config {
    stripe_key: SecretString,

    #[stage(dev, prod = "sealed:stripe_key#again", fallback = "sealed:dev/stripe_key")]
    again: SecretString,

    // Does not use the template in prod, so it needs no file `sealed/prod/token`.
    #[stage(dev, prod = "env:TOKEN?plaintext=allow", fallback)]
    token: SecretString,

    #[config(nested)]
    mail: Mail,

    #[config(nested)]
    shop: Shop,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    #[stage(dev = "sealed:stripe_key", prod = "env:A?plaintext=allow", fallback = "sealed:dev/stripe_key")]
    password: SecretString,
}

#[derive(StageConfig)]
struct Shop {
    // `all` names the same file for every stage.
    #[stage(all = "sealed:prod/stripe_key")]
    #[stage(dev = "env:B?plaintext=allow", fallback = "env:B?plaintext=allow")]
    password: SecretString,
}

fn names(files: &[SealedFile]) -> Vec<(&str, &str)> {
    files.iter().map(|file| (file.stage, file.name)).collect()
}

fn main() {
    let both = [("dev", "stage.key"), ("dev", "stripe_key"), ("prod", "stage.key"), ("prod", "stripe_key")];
    assert_eq!(names(Config::SCHEMA.sealed), both);
    assert_eq!(Config::SCHEMA.sealed[3].text, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sealed/prod/stripe_key")));
    assert_eq!(names(Shop::SCHEMA.sealed), both[2..]);
    let _ = |config: Config| (config.stripe_key, config.again, config.token, config.mail.password, config.shop.password);
}
