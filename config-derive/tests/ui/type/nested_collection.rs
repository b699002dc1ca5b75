use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}")]
struct Config {
    #[config(nested)]
    list: Vec<Mail>,
    #[config(nested)]
    optional: Option<std::vec::Vec<Mail>>,
    #[config(nested)]
    map: HashMap<String, Mail, State>,
    #[config(nested)]
    ordered: BTreeMap<String, Mail>,
    #[config(nested)]
    array: [Mail; 2],
    #[config(nested)]
    tuple: (Mail, Mail),
    #[config(nested)]
    boxed: Box<Mail>,
    #[config(nested)]
    shared: Option<Arc<Mail>>,
    #[config(nested)]
    twice: Option<Option<Mail>>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

fn main() {}
