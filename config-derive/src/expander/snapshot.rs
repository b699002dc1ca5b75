//! The snapshots that a struct embeds.
//!
//! As with sealed files, the macro checks that the files exist, and the compiler reads them. The
//! macro reads a file only to find out whether it is a placeholder, which needs no key pair. Any
//! other content needs one.

use std::fs;

use stage_config_grammar::snapshot::{is_placeholder, placeholder_command, resolve_path};
use stage_config_grammar::source::SEALED_KEY_FILE;
use stage_config_grammar::suggest::format_list;
use syn::LitStr;

use super::diagnostics::Diagnostics;
use super::package_folder::find_package_folder;

/// A stage's snapshot.
pub(super) struct SnapshotFileModel {
    pub(super) stage: String,
    /// Whether the stage's key pair is embedded as well.
    pub(super) with_key: bool,
}

/// Returns the files to embed, one for each stage whose file exists. A missing file or key pair is
/// reported at the literal.
pub(super) fn find_embedded(
    literal: &LitStr,
    stages: &[String],
    report: &mut Diagnostics,
) -> Vec<SnapshotFileModel> {
    let Some(package) = find_package_folder() else {
        report.error(
            literal,
            "the path of a snapshot is relative to `Cargo.toml`, but `CARGO_MANIFEST_DIR` is not \
             set: build with cargo",
        );
        return Vec::new();
    };

    let template = literal.value();
    let (mut files, mut missing, mut commands) = (Vec::new(), Vec::new(), Vec::new());
    for stage in stages {
        let file = resolve_path(&template, stage);
        let Ok(bytes) = fs::read(package.join(&file)) else {
            missing.push(file);
            commands.push(format!("`{}`", placeholder_command(&template, stage)));
            continue;
        };
        let with_key = !is_placeholder(&String::from_utf8_lossy(&bytes));
        let key = format!("sealed/{stage}/{SEALED_KEY_FILE}");
        if with_key && !package.join(&key).is_file() {
            report.error(
                literal,
                format!(
                    "`{file}` was sealed for `{key}`, which is missing in this package: \
                     restore `{key}` from git"
                ),
            );
        }
        files.push(SnapshotFileModel {
            stage: stage.clone(),
            with_key,
        });
    }

    if !missing.is_empty() {
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let message = format!(
            "{} {verb} missing in this package: run {}",
            format_list(&missing),
            commands.join(", then ")
        );
        report.error(literal, message);
    }

    files
}
