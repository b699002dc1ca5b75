//! The npm package vinz under `target/`. The first use installs it from
//! `tests/vinz/package-lock.json`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub(crate) use stage_config_test_support::node::command;
use stage_config_test_support::node::install;

const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../../vinz/package.json")),
    (
        "package-lock.json",
        include_str!("../../vinz/package-lock.json"),
    ),
    ("endpoint.js", include_str!("../../vinz/endpoint.js")),
];

/// Returns the folder with `node_modules/` and `endpoint.js`.
pub(crate) fn vinz_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| install("vinz", &FILES))
}
