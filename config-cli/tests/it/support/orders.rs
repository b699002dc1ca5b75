//! The configuration of the README, as a built artifact.

use stage_config::manifest::{encode, encoded_len};
use stage_config::{Schema, SecretString, StageConfig};

use super::artifact;
use super::package::Package;

/// The struct of the README. `tests/it/readme.rs` compares the README with the example `orders`.
#[derive(StageConfig)]
#[stage(dev = "/orders/dev/{field}", prod = "/orders/prod/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    #[stage(dev = "/stripe/test", prod = "/stripe/live")]
    stripe_key: SecretString,
    table_name: String,
    #[config(default = 30)]
    timeout_s: u64,
}

/// The schema with the package name of the README, not of these tests.
const SCHEMA: Schema = Schema {
    package: "orders",
    module: "orders",
    app: "orders",
    ..<Config as StageConfig>::SCHEMA
};
static RECORD: [u8; encoded_len(&SCHEMA)] = encode(&SCHEMA);

/// Writes the artifact to the path that the README uses.
pub(crate) fn write_artifact(package: &Package) {
    package.write(
        "target/lambda/orders/bootstrap",
        artifact::build_elf(&[&RECORD]),
    );
}
