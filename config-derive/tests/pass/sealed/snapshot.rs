//! A schema embeds the snapshot of each declared stage unchanged. It also embeds the stage's key
//! pair, unless the snapshot is a placeholder. The test also checks the options of the snapshot.

use stage_config::{StageConfig, schema::SnapshotSpec};

#[derive(StageConfig)]
#[stage(dev = "env:{field}", prod = "env:{field}", fallback = "env:{field}")]
#[config(snapshot = "sealed/{stage}.snapshot", snapshot_max_age = "7d")]
struct Config {
    table: String,
}

#[derive(StageConfig)]
#[stage(prod = "env:{field}")]
#[config(snapshot = "sealed/prod.snapshot", snapshot_refreshed)]
struct One {
    table: String,
}

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sealed/", $path))
    };
}

fn main() {
    let Some(SnapshotSpec { path, max_age_ms, refreshed, files }) = Config::SCHEMA.snapshot else { panic!("the schema has no snapshot") };
    assert_eq!((path, max_age_ms, refreshed), ("sealed/{stage}.snapshot", Some(604_800_000), false));
    let files: Vec<_> = files.iter().map(|file| (file.stage, file.key, file.text)).collect();
    let prod = ("prod", Some(file!("prod/stage.key")), file!("prod.snapshot"));
    assert_eq!(files, [("dev", None, file!("dev.snapshot")), prod]);

    let Some(SnapshotSpec { max_age_ms, refreshed, files, .. }) = One::SCHEMA.snapshot else { panic!("the schema has no snapshot") };
    assert_eq!((max_age_ms, refreshed, files.len()), (None, true, 1));
    let _ = |config: Config, one: One| (config.table, one.table);
}
