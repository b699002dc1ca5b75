//! The configuration of the transcripts in README and documentation, as an artifact that somebody built.

use std::net::IpAddr;

use stage_config::manifest::{encode, encoded_len};
use stage_config::schema::{SnapshotFile, SnapshotSpec};
use stage_config::{Schema, SecretString, StageConfig};

use super::artifact;
use super::package::Package;

/// Settings of the payment service.
#[derive(StageConfig)]
#[stage(dev = "/payments/dev/{field}")]
#[stage(prod = "/payments/prod/{field}")]
#[stage(fallback = ["/payments/{stage}/{field}", "/payments/dev/{field}"])]
#[config(preview("pr-*", "feature*"))]
#[allow(dead_code, reason = "only its description is used")]
struct Config {
    /// Stripe API key.
    #[stage(dev = "/stripeSecretKey/test", prod = "/stripeSecretKey/live", fallback = "/stripeSecretKey/test")]
    stripe_key: SecretString,

    /// Database login; the password is one key of a JSON secret.
    #[stage(dev = "secret:dev/db#password", prod = "secret:prod/db#password", fallback = "secret:dev/db#password")]
    db_password: SecretString,

    /// Where orders are kept.
    table_name: String,

    /// Who may call.
    allowed_ips: Vec<IpAddr>,

    #[stage(all = "env:LOG_LEVEL")]
    log_level: Option<String>,

    #[config(default = 30)]
    timeout_s: u64,
}

/// As if the package were called so, and not like the one of these tests.
const SCHEMA: Schema =
    Schema { package: "payments", module: "payments", app: "payments", ..<Config as StageConfig>::SCHEMA };
static RECORD: [u8; encoded_len(&SCHEMA)] = encode(&SCHEMA);

/// The same struct with a snapshot, before one was written.
const WITH_SNAPSHOT: Schema = Schema {
    snapshot: Some(SnapshotSpec {
        path: "sealed/{stage}.snapshot",
        max_age_ms: Some(7 * 24 * 60 * 60 * 1000),
        refreshed: false,
        files: &[
            SnapshotFile { stage: "dev", key: None, text: "-----EMPTY STAGE-CONFIG SNAPSHOT-----\n" },
            SnapshotFile { stage: "prod", key: None, text: "-----EMPTY STAGE-CONFIG SNAPSHOT-----\n" },
        ],
    }),
    ..SCHEMA
};
static WITH_SNAPSHOT_RECORD: [u8; encoded_len(&WITH_SNAPSHOT)] = encode(&WITH_SNAPSHOT);

/// Where the transcripts have it: what `cargo lambda build` leaves.
pub(crate) const PATH: &str = "target/lambda/payments/bootstrap";

/// The description.
pub(crate) fn payments_schema() -> &'static Schema {
    &SCHEMA
}

/// Puts the artifact where the transcripts have it.
pub(crate) fn write_artifacts(package: &Package) {
    package.write(PATH, artifact::build_elf(&[&RECORD]));
    package.write("target/lambda/orders/bootstrap", artifact::build_elf(&[&WITH_SNAPSHOT_RECORD]));
}
