//! Combines the library with Figment: layers below and above the fetched values, and a `Loaded`
//! merged into the program's own Figment.
//!
//! ```text
//! cargo run --example figment
//! ```
//!
//! The layers are structs of this program. `Toml::file(…)` and `Env::prefixed(…)` work in the same
//! way.

#![allow(clippy::print_stdout, reason = "an example prints its result")]

use serde::{Deserialize, Serialize};
use stage_config::{
    ExposeSecret, Loaded, SecretString, StageConfig,
    figment::{Figment, providers::Serialized},
    testing::Memory,
};

#[derive(Debug, StageConfig)]
#[stage(dev = "/shop/dev/{field}")]
struct Config {
    table: String,
    #[config(default = 10)]
    batch: u16,
    region: String,
    api_key: SecretString,
}

/// A layer below the fetched values.
#[derive(Serialize)]
struct Defaults {
    table: &'static str,
    batch: u16,
}

/// A layer above the fetched values, for example command-line arguments.
#[derive(Serialize)]
struct Arguments {
    region: &'static str,
}

/// A struct that another part of the program extracts from Figment.
#[derive(Debug, Deserialize)]
#[allow(
    dead_code,
    reason = "this program prints the fields and does nothing else with them"
)]
struct Server {
    port: u16,
    table: String,
    region: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `default` < `defaults` < fetched values < `overrides`. A field that an override sets is not
    // fetched.
    let loader = Config::loader()
        .stage("dev")
        .defaults(Serialized::defaults(Defaults {
            table: "replaced by the fetched value",
            batch: 25,
        }))
        .overrides(Serialized::defaults(Arguments {
            region: "eu-west-1",
        }))
        .local(
            Memory::new()
                .set("/shop/dev/table", "orders")
                .set("/shop/dev/api_key", "hunter2"),
        );

    let loaded: Loaded<Config> = loader.resolve().await?;
    let Config {
        table,
        batch,
        region,
        api_key,
    } = &loaded.config;
    println!("{}", loaded.report);
    println!(
        "table {table}, batch {batch}, region {region}, a key of {} letters\n",
        api_key.expose_secret().len()
    );

    // `Loaded` is a provider. Its values are in the profile of the stage, without secrets.
    let program = Figment::from(Serialized::default("port", 8080))
        .merge(loaded)
        .select("dev");
    println!("{:#?}", program.extract::<Server>()?);
    println!(
        "Figment has the key: {}",
        program.find_value("api_key").is_ok()
    );

    // `expose_secrets` adds the secrets, so this Figment may print them.
    let second_loader = Config::loader()
        .stage("dev")
        .overrides(Serialized::defaults(Arguments {
            region: "eu-west-1",
        }))
        .local(
            Memory::new()
                .set("table", "orders")
                .set("api_key", "hunter2"),
        );
    let exposed = Figment::from(second_loader.resolve().await?.expose_secrets()).select("dev");
    println!(
        "Figment has the key after `expose_secrets`: {}",
        exposed.find_value("api_key").is_ok()
    );
    Ok(())
}
