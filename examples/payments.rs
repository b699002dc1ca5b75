//! The main job: one struct, three kinds of stages, and where every value came from.
//!
//! ```text
//! stage=dev cargo run --example payments            # values from payments.toml, beside this file; no AWS
//! stage=dev cargo run --example payments -- --aws   # values from Parameter Store; AWS_ENDPOINT_URL points it elsewhere
//! ```
//!
//! The stage may also be `prod` or a preview, as `featureX`. Unset or mistyped, the program prints what is wrong and exits
//! with 1. With `--aws` these parameters must exist:
//!
//! | field           | dev, and any preview that has none of its own | prod                           | preview STAGE, first choice    |
//! |-----------------|-----------------------------------------------|--------------------------------|--------------------------------|
//! | `stripe_key`    | `/stripeSecretKey/test`                       | `/stripeSecretKey/live`        |                                |
//! | `db_password`   | `/payments/dev/db`, JSON with `password`      | `/payments/prod/db`, the same  |                                |
//! | `table_name`    | `/payments/dev/table_name`                    | `/payments/prod/table_name`    | `/payments/STAGE/table_name`   |
//! | `allowed_ips`   | `/payments/dev/allowed_ips`, a StringList     | `/payments/prod/allowed_ips`   | `/payments/STAGE/allowed_ips`  |
//! | `mail.host`     | `/payments/dev/mail/host`                     | `/payments/prod/mail/host`     | `/payments/STAGE/mail/host`    |
//! | `mail.password` | `/payments/dev/mail/password`                 | `/payments/prod/mail/password` | `/payments/STAGE/mail/password`|
//!
//! These may exist: `/payments/STAGE/timeout_s` (else 30) and `/payments/STAGE/mail/port` (else 587).

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

use stage_config::{Error, Loaded, SecretString, StageConfig};
use std::{net::IpAddr, process::ExitCode};

/// Settings of the payment service.
#[derive(Debug, StageConfig)]
#[stage(dev = "/payments/dev/{field}")]
#[stage(prod = "/payments/prod/{field}")]
#[stage(fallback = ["/payments/{stage}/{field}", "/payments/dev/{field}"])]
#[config(preview("pr-*", "feature*"))]
#[allow(dead_code, reason = "this program prints the fields and does nothing else with them")]
struct Config {
    /// Stripe API key.
    #[stage(dev = "/stripeSecretKey/test", prod = "/stripeSecretKey/live", fallback = "/stripeSecretKey/test")]
    stripe_key: SecretString,

    /// Database login: one key of a JSON value.
    #[stage(
        dev = "/payments/dev/db#password",
        prod = "/payments/prod/db#password",
        fallback = "/payments/dev/db#password"
    )]
    db_password: SecretString,

    /// From the struct's templates: `/payments/dev/table_name`, …
    table_name: String,

    /// Who may call.
    allowed_ips: Vec<IpAddr>,

    /// The same source in every stage.
    #[stage(all = "env:LOG_LEVEL")]
    log_level: Option<String>,

    #[config(default = 30)]
    timeout_s: u64,

    /// Fetched in the same wave.
    #[config(nested)]
    mail: Mail,
}

/// The mail server. It inherits the templates one level down: `/payments/dev/mail/host`, …
#[derive(Debug, StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "as above")]
struct Mail {
    host: String,
    #[config(default = 587)]
    port: u16,
    password: SecretString,
}

/// The values for a machine without AWS. An absolute path, so that the working directory does not matter.
const LOCAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/payments.toml");

// `Error` prints the same by `Debug`, which is what `main` does with it, as by `Display`.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    let loader = match std::env::args().nth(1).as_deref() {
        None => Config::loader().local(LOCAL),
        Some("--aws") => Config::loader(),
        Some(other) => {
            eprintln!("unknown argument `{other}`; usage: stage=dev cargo run --example payments [-- --aws]");
            return Ok(ExitCode::from(2));
        }
    };
    // A program that wants no report writes `let config = Config::load().await?`, and later `Config::get()` anywhere.
    let Loaded { config, report, .. } = loader.resolve().await?;
    println!("{config:#?}\n\n{report}");
    Ok(ExitCode::SUCCESS)
}
