//! Without `secret` or `plain`, the secrecy of the program's own types is unknown, so the derive
//! accepts attributes that make a value of these types visible: `value:` sources, `env:` sources
//! and defaults. `main` checks the secrecy of each field in the schema.

#![deny(warnings)]
#![allow(dead_code)]

use std::{borrow::Cow, collections::HashMap, path::Path, sync::Arc};

use serde::{Deserialize, Deserializer};
use stage_config::{StageConfig, schema::Secrecy};

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Fast,
    Slow,
}

#[derive(Deserialize)]
struct Wrapper<T: ?Sized>(Box<T>);

trait Named {}

type Modes = HashMap<String, Vec<Mode>>;
type Call = Box<dyn Fn(&str, Mode) -> String + Send + Sync>;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", prod = "/b/{field}")]
struct Config {
    #[stage(dev = "value:fast", prod = "env:MODE")]
    mode: Mode,
    #[config(default = Mode::Slow)]
    by_default: Mode,
    #[stage(all = "value:{}")]
    #[config(default)]
    modes: Option<Modes>,
    #[config(with = "call")]
    wrapper: Option<Wrapper<str>>,
    #[stage(all = "value:x")]
    #[config(plain)]
    marked_plain: Wrapper<Option<Mode>>,
    texts: (Box<str>, Cow<'static, str>, Option<Box<Path>>),
    #[config(with = "call")]
    call: Option<Call>,
    #[config(with = "call")]
    own: Option<Arc<dyn Named + Send + Sync>>,
    #[config(with = "call")]
    pointer: Option<fn(&str) -> Mode>,
    bytes: Option<([u8; 4], (), (i128, [Vec<bool>; 2]))>,
}

mod call {
    use super::{Deserializer, Deserialize};

    pub fn deserialize<'de, D: Deserializer<'de>, T>(from: D) -> Result<Option<T>, D::Error> {
        String::deserialize(from).map(|_| None)
    }
}

fn main() {
    let secrecies: Vec<Secrecy> = Config::SCHEMA.leaves().iter().map(|leaf| leaf.secrecy).collect();
    let [no, unknown] = [Secrecy::No, Secrecy::Unknown];
    assert_eq!(secrecies, [unknown, unknown, unknown, unknown, no, no, unknown, unknown, unknown, no]);
}
