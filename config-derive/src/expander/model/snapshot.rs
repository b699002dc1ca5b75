//! `#[config(snapshot = "…")]` and the related options.

use syn::LitStr;

use super::scope::StructScope;
use crate::expander::attr::{OptionKey, StructOptions};
use crate::expander::diagnostics::Diagnostics;
use crate::expander::snapshot::{SnapshotFileModel, find_embedded};
use stage_config_grammar::duration::{describe_mistake, parse_duration};
use stage_config_grammar::snapshot::check_path;

/// The snapshot options of a struct, and the files that it embeds.
pub(in crate::expander) struct SnapshotModel {
    pub(in crate::expander) path: String,
    pub(in crate::expander) max_age_ms: Option<u64>,
    pub(in crate::expander) refreshed: bool,
    pub(in crate::expander) files: Vec<SnapshotFileModel>,
}

/// Reads the snapshot options of a root.
pub(super) fn build_snapshot(
    options: &StructOptions,
    scope: &StructScope<'_>,
    report: &mut Diagnostics,
) -> Option<SnapshotModel> {
    let max_age_ms = options
        .snapshot_max_age
        .as_ref()
        .and_then(|option| read_max_age(&option.value, report));
    let Some(option) = &options.snapshot else {
        dependent_keys(options).for_each(|key| {
            report.error(
                key,
                format!("`{}` needs a snapshot: add `snapshot = \"…\"`", key.name()),
            );
        });
        return None;
    };

    let path = option.value.value();
    if !cfg!(feature = "kms") {
        report.error(
            &option.key,
            "`snapshot` needs the cargo feature `kms` of stage-config: add it to `features` in \
             Cargo.toml",
        );
        return None;
    }

    let declared = &scope.declared;
    let mut files = Vec::new();
    if let Err(message) = check_path(&path, declared.stages.len()) {
        report.error(&option.value, message);
    } else if declared.stages.is_empty() {
        if declared.is_valid {
            report.error(
                &option.key,
                "only declared stages have a snapshot, but the struct declares none: declare a \
                 stage, as in `#[stage(dev = \"…\")]`, or remove `snapshot`",
            );
        }
    } else {
        files = find_embedded(&option.value, &declared.stages, report);
    }

    Some(SnapshotModel {
        path,
        max_age_ms,
        refreshed: options.snapshot_refreshed.is_some(),
        files,
    })
}

/// Returns the keys that need `snapshot`.
fn dependent_keys(options: &StructOptions) -> impl Iterator<Item = &OptionKey> {
    let keys = [
        options.snapshot_max_age.as_ref().map(|option| &option.key),
        options
            .snapshot_refreshed
            .as_ref()
            .map(|option| &option.key),
    ];
    keys.into_iter().flatten()
}

/// Returns all keys about snapshots.
pub(super) fn snapshot_keys(options: &StructOptions) -> impl Iterator<Item = &OptionKey> {
    options
        .snapshot
        .iter()
        .map(|option| &option.key)
        .chain(dependent_keys(options))
}

/// Reads an age such as `7d`, and returns it in milliseconds.
fn read_max_age(literal: &LitStr, report: &mut Diagnostics) -> Option<u64> {
    let text = literal.value();
    let duration = match parse_duration(&text) {
        Ok(duration) => u64::try_from(duration.as_millis()).ok(),
        Err(_) => {
            let mistake = describe_mistake(&text);
            report.error(
                literal,
                format!("`{text}` is not a duration such as `12h` or `7d`: {mistake}"),
            );
            return None;
        }
    };
    if duration.is_none_or(|ms| ms == 0) {
        report.error(
            literal,
            format!("`{text}` is not a valid maximum age: expected one such as `7d`"),
        );
    }
    duration
}
