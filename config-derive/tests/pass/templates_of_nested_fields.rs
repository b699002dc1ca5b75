//! A nested field may have its own templates. These templates replace those of the nested struct,
//! or, if the nested struct inherits, those of the struct around it. A source compiles if the name
//! of its parameter has exactly 15 parts between slashes, or exactly 1011 characters.

#![deny(warnings)]
#![allow(dead_code)]

use stage_config::{Error, StageConfig};

// This struct has no `#[stage]`. The keys `dev` and `prod` of its nested fields declare the stages.
#[derive(StageConfig)]
#[config(app = "shop")]
struct Config {
    /// `Db` inherits, so it uses these templates.
    #[config(nested)]
    #[stage(dev = ["/{app}/orders/{field}", "env:ORDERS_{field}"], prod = "/pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp/{field}")]
    orders: Db,

    /// `Users` has its own templates. The bare key `prod` uses the template of `Users` for prod.
    #[config(nested)]
    #[stage(dev = "/1/2/3/4/5/6/7/8/9/10/11/12/{stage}/{field}", prod)]
    users: Users,

    /// The field `size` of this `Pool` has no source in dev.
    #[config(nested)]
    #[stage(prod = "/replica/{field}")]
    r#type: Option<Pool>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
    #[stage(all = "value:5432")]
    port: u16,
    #[config(nested)]
    pool: Option<Pool>,
}

#[derive(StageConfig)]
#[stage(dev = "/users/dev/{field}", prod = "/users/prod/{field}")]
struct Users {
    host: String,
    #[config(nested)]
    pool: Pool,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Pool {
    size: u16,
}

/// The template of a nested field in a struct that inherits applies to each use of this struct.
#[derive(StageConfig)]
#[stage(all = "/outer/{stage}/{field}")]
#[stage(dev, fallback)]
struct Outer {
    #[config(nested)]
    inner: Inner,
    #[config(nested)]
    #[stage(dev = "/second/{field}", fallback)]
    second: Inner,
}

#[derive(StageConfig)]
#[config(inherit, app = "inner")]
struct Inner {
    name: String,
    #[config(nested)]
    #[stage(all = "/{app}/{stage}/db/{field}")]
    db: Db,
}

fn sources<C: StageConfig>(stage: &str) -> Result<Vec<String>, Error> {
    let plan = C::loader().stage(stage).plan()?;
    let sources = plan.fields().map(|field| plan.sources(field).expect("the plan has the field").join(", "));
    Ok(sources.collect())
}

fn main() -> Result<(), Error> {
    assert_eq!(
        sources::<Config>("dev")?,
        [
            "/shop/orders/host, env:ORDERS_host",
            "value:5432",
            "/shop/orders/pool/size, env:ORDERS_pool_size",
            "/1/2/3/4/5/6/7/8/9/10/11/12/dev/host",
            "/1/2/3/4/5/6/7/8/9/10/11/12/dev/pool/size",
            "",
        ]
    );
    let prod = sources::<Config>("prod")?;
    assert_eq!(prod[2].len(), 1011);
    assert_eq!(prod[3..], ["/users/prod/host", "/users/prod/pool/size", "/replica/size"]);

    let inner = |name: &str, stage: &str| {
        let db = format!("/inner/{stage}/db");
        [name.to_owned(), format!("{db}/host"), "value:5432".to_owned(), format!("{db}/pool/size")]
    };
    assert_eq!(sources::<Outer>("dev")?, [inner("/outer/dev/inner/name", "dev"), inner("/second/name", "dev")].concat());
    assert_eq!(sources::<Outer>("qa1")?, [inner("/outer/qa1/inner/name", "qa1"), inner("/outer/qa1/second/name", "qa1")].concat());
    Ok(())
}
