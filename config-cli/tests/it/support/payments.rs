//! The configuration of the transcripts in the documentation, as a built artifact. Only the
//! transcripts of the README use another configuration, that of [`orders`](super::orders).

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
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    /// Stripe API key.
    #[stage(
        dev = "/stripeSecretKey/test",
        prod = "/stripeSecretKey/live",
        fallback = "/stripeSecretKey/test"
    )]
    stripe_key: SecretString,

    /// Database login; the password is one key of a JSON secret.
    #[stage(
        dev = "secret:dev/db#password",
        prod = "secret:prod/db#password",
        fallback = "secret:dev/db#password"
    )]
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

/// The schema with the package name of the documentation, not of these tests.
const SCHEMA: Schema = Schema {
    package: "payments",
    module: "payments",
    app: "payments",
    ..<Config as StageConfig>::SCHEMA
};
pub(crate) static RECORD: [u8; encoded_len(&SCHEMA)] = encode(&SCHEMA);

/// The schema of another struct that is also called `Config`.
const SAME_NAME: Schema = Schema {
    module: "shop::orders",
    ..SCHEMA
};
static SAME_NAME_RECORD: [u8; encoded_len(&SAME_NAME)] = encode(&SAME_NAME);

/// The manifests of a program with two configurations of the same name.
pub(crate) static SAME_NAME_RECORDS: [&[u8]; 2] = [&RECORD, &SAME_NAME_RECORD];

/// The schema of `Config` with a snapshot that is not written yet.
const WITH_SNAPSHOT: Schema = Schema {
    snapshot: Some(SnapshotSpec {
        path: "sealed/{stage}.snapshot",
        max_age_ms: Some(7 * 24 * 60 * 60 * 1000),
        refreshed: false,
        files: &[
            SnapshotFile {
                stage: "dev",
                key: None,
                text: "-----EMPTY STAGE-CONFIG SNAPSHOT-----\n",
            },
            SnapshotFile {
                stage: "prod",
                key: None,
                text: "-----EMPTY STAGE-CONFIG SNAPSHOT-----\n",
            },
        ],
    }),
    ..SCHEMA
};
static WITH_SNAPSHOT_RECORD: [u8; encoded_len(&WITH_SNAPSHOT)] = encode(&WITH_SNAPSHOT);

/// The path of the artifact in the transcripts, to which `cargo lambda build` writes a program.
pub(crate) const PATH: &str = "target/lambda/payments/bootstrap";

/// Returns the schema of `Config`.
pub(crate) fn payments_schema() -> &'static Schema {
    &SCHEMA
}

/// Writes the artifacts to the paths that the transcripts use.
pub(crate) fn write_artifacts(package: &Package) {
    package.write(PATH, artifact::build_elf(&[&RECORD]));
    package.write(
        "target/lambda/shop/bootstrap",
        artifact::build_elf(&[&WITH_SNAPSHOT_RECORD]),
    );
}
