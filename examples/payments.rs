//! Loads one struct in three kinds of stages, and prints the origin of every value.
//!
//! ```text
//! stage=dev cargo run --example payments            # values from payments.toml in this folder; no AWS
//! stage=dev cargo run --example payments -- --aws   # values from Parameter Store, or AWS_ENDPOINT_URL
//! ```
//!
//! The stage may also be `prod` or a preview stage such as `featureX`. If it is unset or mistyped,
//! the program prints the error and exits with status 1. With `--aws` these parameters must exist:
//!
//! | field           | dev; a preview stage without its own value    | prod                           | preview STAGE, first choice    |
//! |-----------------|-----------------------------------------------|--------------------------------|--------------------------------|
//! | `stripe_key`    | `/stripeSecretKey/test`                       | `/stripeSecretKey/live`        |                                |
//! | `db_password`   | `/payments/dev/db`, JSON with `password`      | `/payments/prod/db`, also JSON |                                |
//! | `table_name`    | `/payments/dev/table_name`                    | `/payments/prod/table_name`    | `/payments/STAGE/table_name`   |
//! | `allowed_ips`   | `/payments/dev/allowed_ips`, a StringList     | `/payments/prod/allowed_ips`   | `/payments/STAGE/allowed_ips`  |
//! | `mail.host`     | `/payments/dev/mail/host`                     | `/payments/prod/mail/host`     | `/payments/STAGE/mail/host`    |
//! | `mail.password` | `/payments/dev/mail/password`                 | `/payments/prod/mail/password` | `/payments/STAGE/mail/password`|
//!
//! These parameters are optional: `/payments/STAGE/timeout_s` (default 30) and
//! `/payments/STAGE/mail/port` (default 587).

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints its result"
)]

use stage_config::{Error, Loaded, SecretString, StageConfig};
use std::{net::IpAddr, process::ExitCode};

/// Settings of the payment service.
#[derive(Debug, StageConfig)]
#[stage(dev = "/payments/dev/{field}")]
#[stage(prod = "/payments/prod/{field}")]
#[stage(fallback = ["/payments/{stage}/{field}", "/payments/dev/{field}"])]
#[config(preview("pr-*", "feature*"))]
#[allow(
    dead_code,
    reason = "this program prints the fields and does nothing else with them"
)]
struct Config {
    /// Stripe API key.
    #[stage(
        dev = "/stripeSecretKey/test",
        prod = "/stripeSecretKey/live",
        fallback = "/stripeSecretKey/test"
    )]
    stripe_key: SecretString,

    /// Database password: one key of a JSON value.
    #[stage(
        dev = "/payments/dev/db#password",
        prod = "/payments/prod/db#password",
        fallback = "/payments/dev/db#password"
    )]
    db_password: SecretString,

    /// Uses the struct's templates: `/payments/dev/table_name`, …
    table_name: String,

    /// The IP addresses that may call the service.
    allowed_ips: Vec<IpAddr>,

    /// Has the same source in every stage.
    #[stage(all = "env:LOG_LEVEL")]
    log_level: Option<String>,

    #[config(default = 30)]
    timeout_s: u64,

    /// A nested struct, fetched in the same wave.
    #[config(nested)]
    mail: Mail,
}

/// The mail server. Its fields use the templates of the parent, with `mail` before their names:
/// `/payments/dev/mail/host`, …
#[derive(Debug, StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "as above")]
struct Mail {
    host: String,
    #[config(default = 587)]
    port: u16,
    password: SecretString,
}

/// The values for a machine without AWS. The path is absolute, so it does not depend on the working
/// directory.
const LOCAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/payments.toml");

// `main` prints an error with `Debug`, which prints the same text as `Display`.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    let loader = match std::env::args().nth(1).as_deref() {
        None => Config::loader().local(LOCAL),
        Some("--aws") => Config::loader(),
        Some(other) => {
            eprintln!(
                "unknown argument `{other}`; usage: stage=dev cargo run --example payments [-- \
                 --aws]"
            );
            return Ok(ExitCode::from(2));
        }
    };
    // A program that needs no report calls `Config::load().await?`, and later `Config::get()`
    // anywhere.
    let Loaded { config, report, .. } = loader.resolve().await?;
    println!("{config:#?}\n\n{report}");
    Ok(ExitCode::SUCCESS)
}
