//! Generated code allows each lint that the struct or one of its fields allows. The derive causes
//! no warning for a deprecated struct or field.

#![deny(deprecated, unfulfilled_lint_expectations, non_camel_case_types)]
#![allow(dead_code)]

use stage_config::StageConfig;

#[deprecated]
#[derive(serde::Deserialize, Default)]
struct Old;

#[deprecated]
fn old() -> u8 {
    3
}

#[deprecated]
fn check(_: &u8) -> Result<(), &'static str> {
    Ok(())
}

#[allow(deprecated)]
#[derive(StageConfig)]
#[stage(dev = "/x/dev/{field}")]
struct Config {
    old: Option<Old>,
    #[config(default = old(), validate = check)]
    port: u8,
    #[config(skip)]
    skipped: Old,
    #[config(nested)]
    mail: Mail,
    #[config(nested)]
    backup: Option<Mail>,
}

#[deprecated = "use the other one"]
#[derive(StageConfig)]
#[stage(dev = "/x/dev/{field}")]
struct Former {
    a: Option<String>,
}

#[deprecated(since = "1.2.0", note = "use the other one")]
#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

/// The field `old` fulfills the expectation, although generated code allows the lint.
#[expect(deprecated, reason = "removed in the next release")]
#[derive(StageConfig)]
#[stage(dev = "/x/dev/{field}")]
struct Expecting {
    old: Option<Old>,
}

#[derive(StageConfig)]
#[stage(dev = "/x/dev/{field}")]
struct Fields {
    #[deprecated]
    table: String,
    #[allow(clippy::all, deprecated)]
    old: Option<Old>,
}

fn main() {}
