//! A scheme of one's own: `vault:`, and the store that reads it.
//!
//! ```text
//! cargo run --example custom_store
//! ```
//!
//! The store here keeps its values in the process. One for a real Vault would make its requests where `answer` is called.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use stage_config::{
    Error, Loaded, SecretString, StageConfig, Store,
    store::{Denied, Found, Outcome, Outcomes, Request},
};

#[derive(Debug, StageConfig)]
#[stage(dev = "vault:kv/dev/{field}", prod = "vault:kv/prod/{field}")]
#[config(schemes("vault"))]
#[allow(dead_code, reason = "this program prints the fields and does nothing else with them")]
struct Config {
    api_key: SecretString,

    /// An option of the address: what it means is the store's business.
    #[stage(dev = "vault:kv/dev/signing_key?version=1", prod = "vault:kv/prod/signing_key")]
    signing_key: SecretString,

    /// `None` when the store answers that there is none; an error when it answers that it may not be read.
    motto: Option<String>,
}

/// Values with a version, and which of them this program may read.
struct Vault {
    readable: &'static str,
    values: &'static [(&'static str, &'static str, &'static str)],
}

const VALUES: &[(&str, &str, &str)] = &[
    ("kv/dev/api_key", "7", "key-of-dev"),
    ("kv/dev/signing_key", "1", "old-key"),
    ("kv/dev/signing_key", "2", "new-key"),
    ("kv/prod/api_key", "3", "key-of-prod"),
    ("kv/prod/motto", "1", "festina lente"),
];

impl Store for Vault {
    /// One outcome for each request, in their order. The loader asks once for all of them, tries failures that may pass
    /// again, and drops this future at its deadline.
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> Outcomes<'a> {
        Box::pin(async move { requests.iter().map(|request| self.answer(request)).collect() })
    }
}

impl Vault {
    fn answer(&self, request: &Request) -> Outcome {
        let address = request.address();
        if !address.starts_with(self.readable) {
            // Denied is not missing: it never falls through to the next source, to a default, or to `None`.
            return Outcome::Denied(Denied::new(format!("the token may read {}* only", self.readable)));
        }
        let wanted = |version: &str| request.option("version").is_none_or(|wanted| wanted == version);
        // The newest version stands last.
        match self.values.iter().rfind(|(name, version, _)| *name == address && wanted(version)) {
            Some((_, version, value)) => Outcome::Found(Found::text(*value).with_version(version)),
            None => Outcome::Missing,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let vault = |readable| Vault { readable, values: VALUES };

    let Loaded { config, report, .. } =
        Config::loader().stage("dev").store("vault", vault("kv/dev/")).resolve().await?;
    println!("{config:#?}\n\n{report}");

    println!("One value of prod is missing:");
    if let Err(error) = Config::loader().stage("prod").store("vault", vault("kv/prod/")).resolve().await {
        println!("{error}\n");
    }

    println!("With the token of dev, prod is denied, also where nothing is:");
    if let Err(error) = Config::loader().stage("prod").store("vault", vault("kv/dev/")).resolve().await {
        println!("{error}");
    }
    Ok(())
}
