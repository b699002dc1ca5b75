//! Defaults that are texts, also in a macro, and types that are read with `from_str`.
#![deny(warnings)]

use stage_config::{SecretBox, StageConfig};
use std::collections::BTreeSet;
use std::time::Duration;

/// A type that has `FromStr`, and neither `Deserialize` nor `Serialize`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u8);

impl std::str::FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.len().try_into().map(Self).map_err(|_| text.to_owned())
    }
}

macro_rules! config {
    ($literal:literal, $expression:expr, $type:ty) => {
        #[derive(StageConfig)]
        #[stage(dev = "/a/dev/{field}")]
        pub struct InMacro {
            #[config(default = $literal)]
            pub first: $type,
            #[config(default = $expression)]
            pub second: $type,
        }
    };
}

config!("3s", "5m", Duration);

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}")]
pub struct Config {
    #[config(from_str, default = "debug")]
    pub level: Level,
    #[config(from_str, default = Level(3))]
    pub from_code: Level,
    #[config(from_str, plain, refresh = "5m")]
    pub optional: Option<Level>,
    #[config(from_str)]
    pub list: Option<Vec<Level>>,
    #[config(from_str)]
    pub set: BTreeSet<Level>,
    #[config(from_str)]
    pub secret: SecretBox<u16>,
    #[config(from_str)]
    pub optional_secret: Option<SecretBox<u16>>,
}

fn main() {
    let config = InMacro::for_tests().build();
    assert!(config.is_ok_and(|config| config.second == Duration::from_secs(300)));
}
