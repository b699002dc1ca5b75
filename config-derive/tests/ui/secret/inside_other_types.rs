use std::collections::{BTreeMap, HashMap};

use stage_config::{SecretBox, SecretString, StageConfig};

type Keys = HashMap<String, SecretString>;

#[derive(serde::Deserialize, Clone, PartialEq, Eq, Hash)]
enum Region {
    Eu,
}

#[derive(serde::Deserialize)]
struct Wrapper<T>(T);

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
struct Config {
    #[stage(dev = "value:{}")]
    map: Option<HashMap<String, SecretString>>,
    #[stage(dev = "value:[]")]
    list: Vec<Option<SecretString>>,
    #[stage(dev = "value:x")]
    boxed: Box<SecretString>,
    #[stage(dev = "env:PAIR")]
    pair: (u16, SecretString),
    #[config(default)]
    alias: Option<Keys>,
    #[stage(dev = "value:{}")]
    deep: BTreeMap<String, Vec<(u8, Option<Box<Keys>>)>>,
    #[stage(dev = "value:{}")]
    by_region: HashMap<Region, SecretString>,
    #[stage(dev = "value:x")]
    generic: Wrapper<SecretString>,
    #[stage(dev = "value:x")]
    of_box: Option<SecretBox<Vec<String>>>,
}

fn main() {}
