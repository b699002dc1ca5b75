//! Nests structs: one with its own templates, one that uses the templates of its parent, one that
//! two fields use with different templates, and an optional one.
//!
//! ```text
//! cargo run --example nested
//! ```
//!
//! The example needs no AWS: its values are in this file. A load fetches all values, including
//! those of nested structs, in one wave.

#![allow(clippy::print_stdout, reason = "an example prints its result")]

use stage_config::{Error, SecretString, StageConfig, testing::Memory};

/// The root, which the program loads. It declares the stages.
#[derive(Debug, StageConfig)]
#[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
#[allow(
    dead_code,
    reason = "this program prints the fields and does nothing else with them"
)]
struct Shop {
    table: String,

    /// Uses the templates of `Tracing`, not those of `Shop`. `Tracing` could also be loaded alone.
    #[config(nested)]
    tracing: Tracing,

    /// Uses the templates of `Shop`, with `orders` before the name of each field:
    /// `/shop/dev/orders/url`.
    #[config(nested)]
    orders: Queue,

    /// Nests the same struct under another name than the field's: `/shop/dev/returned/url`.
    #[config(nested = "returned")]
    returns: Queue,

    /// Uses the templates on this field. So two databases with different sources can share a
    /// struct.
    #[config(nested)]
    #[stage(all = "secret:shop/{stage}/orders-db#{field}")]
    orders_db: Database,

    #[config(nested)]
    #[stage(
        dev = "secret:shop/dev/users-db#{field}",
        prod = "secret:rds!db-8d2f6a#{field}"
    )]
    users_db: Database,

    /// Is `None` if none of its values is found. If only some are found, the load fails.
    #[config(nested)]
    mail: Option<Mail>,
}

#[derive(Debug, StageConfig)]
#[stage(dev = "/company/tracing/{field}", prod = "/company/tracing/{field}")]
#[allow(dead_code, reason = "as above")]
struct Tracing {
    endpoint: String,
}

/// A struct that is only nested: it uses the stages and templates of its parent.
#[derive(Debug, StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "as above")]
struct Queue {
    url: String,
    #[config(default = 3)]
    retries: u8,
}

#[derive(Debug, StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "as above")]
struct Database {
    username: String,
    password: SecretString,
}

#[derive(Debug, StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "as above")]
struct Mail {
    host: String,
    password: SecretString,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    println!(
        "The plan of a load:\n{}",
        Shop::loader().stage("dev").plan()?
    );

    let values = Memory::new()
        .set("/shop/dev/table", "shop")
        .set("/company/tracing/endpoint", "http://localhost:4317")
        .set("/shop/dev/orders/url", "http://localhost:9324/orders")
        .set("/shop/dev/returned/url", "http://localhost:9324/returned")
        .set("/shop/dev/returned/retries", "10")
        .set(
            "secret:shop/dev/orders-db",
            r#"{"username": "orders", "password": "o"}"#,
        )
        .set(
            "secret:shop/dev/users-db",
            r#"{"username": "users", "password": "u"}"#,
        );

    println!("No value of `mail` exists, so it is `None`:");
    let shop = Shop::loader()
        .stage("dev")
        .local(values.clone())
        .resolve()
        .await?
        .config;
    println!("{shop:#?}\n");

    println!("All values of `mail` exist. A key of `Memory` may also be the path of a field:");
    let all_values = values
        .clone()
        .set("mail.host", "localhost")
        .set("mail.password", "hunter2");
    let shop = Shop::loader()
        .stage("dev")
        .local(all_values)
        .resolve()
        .await?
        .config;
    println!("{:#?}\n", shop.mail);

    println!("Only a part of `mail` exists:");
    let some_values = values.set("mail.host", "localhost");
    if let Err(error) = Shop::loader()
        .stage("dev")
        .local(some_values)
        .resolve()
        .await
    {
        println!("{error}");
    }
    Ok(())
}
