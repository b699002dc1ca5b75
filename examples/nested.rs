//! Structs in structs: one that brings its own templates, one that inherits its parent's, one that may be absent.
//!
//! ```text
//! cargo run --example nested
//! ```
//!
//! It needs no AWS: the values stand in this file. All of them, nested ones included, would be fetched in one wave.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use stage_config::{Error, SecretString, StageConfig, testing::Memory};

/// The root decides which stages there are.
#[derive(Debug, StageConfig)]
#[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
#[allow(dead_code, reason = "this program prints the fields and does nothing else with them")]
struct Shop {
    table: String,

    /// Its own templates, the same wherever it is nested; it could be loaded alone.
    #[config(nested)]
    tracing: Tracing,

    /// The templates of `Shop`, one level down: `/shop/dev/orders/url`.
    #[config(nested)]
    orders: Queue,

    /// The same struct at another level: `/shop/dev/returned/url`.
    #[config(nested = "returned")]
    returns: Queue,

    /// `None` when nothing of it is found. A part of it is an error.
    #[config(nested)]
    mail: Option<Mail>,
}

#[derive(Debug, StageConfig)]
#[stage(dev = "/company/tracing/{field}", prod = "/company/tracing/{field}")]
#[allow(dead_code, reason = "as above")]
struct Tracing {
    endpoint: String,
}

/// Made to be nested: without stages and templates of its own, it takes its parent's.
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
struct Mail {
    host: String,
    password: SecretString,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    println!("What would be fetched:\n{}", Shop::loader().stage("dev").plan()?);

    let values = Memory::new()
        .set("/shop/dev/table", "shop")
        .set("/company/tracing/endpoint", "http://localhost:4317")
        .set("/shop/dev/orders/url", "http://localhost:9324/orders")
        .set("/shop/dev/returned/url", "http://localhost:9324/returned")
        .set("/shop/dev/returned/retries", "10");

    println!("Nothing of `mail` is there, so it is `None`:");
    let shop = Shop::loader().stage("dev").local(values.clone()).resolve().await?.config;
    println!("{shop:#?}\n");

    println!("All of it is there. Keys may be fields too:");
    let whole = values.clone().set("mail.host", "localhost").set("mail.password", "hunter2");
    let shop = Shop::loader().stage("dev").local(whole).resolve().await?.config;
    println!("{:#?}\n", shop.mail);

    println!("A part of it is there:");
    let part = values.set("mail.host", "localhost");
    if let Err(error) = Shop::loader().stage("dev").local(part).resolve().await {
        println!("{error}");
    }
    Ok(())
}
