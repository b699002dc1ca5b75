//! `Loader::local` accepts the types that implement `AsRef<Path>`, and a `Memory`.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use stage_config::{ErrorKind, Local, StageConfig};

#[derive(StageConfig)]
#[stage(dev = "value:{field}")]
struct Config {
    table: String,
}

/// Tries to read the file, which does not exist.
fn plan(local: impl Into<Local>) {
    let error = Config::loader().stage("dev").local(local).plan().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Local);
    assert!(error.to_string().contains("no/such.toml"), "{error}");
}

fn main() {
    let text = "no/such.toml";
    plan(text);
    plan(&text);
    plan(String::from(text));
    plan(&String::from(text));
    plan(Path::new(text));
    plan(PathBuf::from(text));
    plan(&PathBuf::from(text));
    plan(Box::<Path>::from(Path::new(text)));
    plan(Cow::Borrowed(Path::new(text)));
    plan(OsStr::new(text));
    plan(OsString::from(text));
    plan(&OsString::from(text));
    let config = Config::loader().stage("dev").local(stage_config::testing::Memory::new()).plan();
    assert!(config.is_ok());
}
