//! Keys of `stage` without a value, such as `dev` in `#[stage(dev)]`. On a root struct, such a key
//! declares a stage, and the fields use the template of `all` in this stage. On a field, such a key
//! means that the field uses the template of its struct. On a struct with `inherit`, such a key
//! means that the fields use the template of the struct around it. In an undeclared stage that
//! `fallback` or `preview` allows, the fields use the template of `all` too.

#![deny(warnings)]
#![allow(dead_code)]

use stage_config::{Error, StageConfig};

#[derive(StageConfig)]
#[stage(dev, prod, eu = "/eu/{field}")]
#[stage(all = "/x/{stage}/{field}")]
struct Config {
    table: String,
    #[stage(all)]
    bare: String,
    #[stage(dev, prod = "/own", eu)]
    some: String,
    #[config(nested)]
    mail: Mail,
    #[config(nested)]
    queue: Option<Queue>,
}

#[derive(StageConfig)]
#[config(inherit)]
#[stage(dev, prod, eu)]
struct Mail {
    host: String,
    #[stage(dev, prod, eu)]
    port: u16,
}

/// A nested struct that can also be loaded alone.
#[derive(StageConfig)]
#[stage(dev, prod, all = "/queue/{stage}/{field}", eu)]
struct Queue {
    name: String,
}

/// Undeclared stages, allowed by `fallback`.
#[derive(StageConfig)]
#[stage(dev, fallback, all = "/x/{stage}/{field}")]
struct Fallback {
    table: String,
    #[config(nested)]
    mail: Inherits,
}

/// Undeclared stages, allowed by `preview`.
#[derive(StageConfig)]
#[stage(dev, all = "/x/{stage}/{field}")]
#[config(preview("pr-*"))]
struct Preview {
    table: String,
    #[stage(dev = "/own", fallback)]
    own: String,
    #[config(nested)]
    mail: Inherits,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Inherits {
    host: String,
}

/// A struct with an optional struct. In undeclared stages, no field of the optional struct has a
/// source, at any depth.
#[derive(StageConfig)]
#[stage(dev = "/a/{field}", fallback)]
struct Absent {
    #[stage(dev, fallback = "/table")]
    table: String,
    #[config(nested)]
    outer: Option<Outer>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Outer {
    name: String,
    #[config(nested)]
    inner: Inner,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Inner {
    host: String,
    #[stage(all = "/port")]
    #[config(no_fallback)]
    port: Option<u16>,
}

fn sources<C: StageConfig>(stage: &str) -> Result<Vec<String>, Error> {
    let plan = C::loader().stage(stage).plan()?;
    let sources = plan.fields().map(|field| plan.sources(field).expect("the plan has the field").join(", "));
    Ok(sources.collect())
}

fn main() -> Result<(), Error> {
    let (dev, prod) = (sources::<Config>("dev")?, sources::<Config>("prod")?);
    let own = ["/x/dev/table", "/x/dev/bare", "/x/dev/some", "/x/dev/mail/host", "/x/dev/mail/port", "/queue/dev/name"];
    assert_eq!(dev, own);
    assert_eq!((prod[0].as_str(), prod[2].as_str(), prod[3].as_str()), ("/x/prod/table", "/own", "/x/prod/mail/host"));
    let eu = ["/eu/table", "/eu/bare", "/eu/some", "/eu/mail/host", "/eu/mail/port", "/queue/eu/name"];
    assert_eq!(sources::<Config>("eu")?, eu);
    assert!(sources::<Config>("pr-1").is_err(), "the stage was accepted, but no attribute allows it");

    assert_eq!(sources::<Fallback>("qa1")?, ["/x/qa1/table", "/x/qa1/mail/host"]);
    assert_eq!(sources::<Preview>("dev")?, ["/x/dev/table", "/own", "/x/dev/mail/host"]);
    assert_eq!(sources::<Preview>("pr-1")?, ["/x/pr-1/table", "/x/pr-1/own", "/x/pr-1/mail/host"]);
    assert!(sources::<Preview>("qa1").is_err(), "the stage was accepted, but no pattern matches it");
    assert_eq!(sources::<Absent>("dev")?, ["/a/table", "/a/outer/name", "/a/outer/inner/host", "/port"]);
    assert_eq!(sources::<Absent>("qa1")?, ["/table", "", "", ""]);
    Ok(())
}
