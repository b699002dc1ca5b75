//! The JSON of the option `snapshot` of a struct: the member `snapshot`.

use super::{super::json_writer::JsonWriter, leak_list, leak_text};
use crate::const_for::const_for;
use crate::schema::{SnapshotFile, SnapshotSpec};
use serde::Deserialize;

pub(super) const fn write(out: &mut JsonWriter<'_>, snapshot: Option<&SnapshotSpec>) {
    let Some(SnapshotSpec {
        path,
        max_age_ms,
        refreshed,
        files,
    }) = snapshot
    else {
        return;
    };
    out.write_name("snapshot");
    out.open(b'{');
    out.write_member("path", path);
    if let Some(ms) = *max_age_ms {
        out.write_name("max_age_ms");
        out.write_number(ms as u128);
    }
    out.write_flag("refreshed", *refreshed);
    out.write_name("files");
    out.open(b'[');
    const_for!(files, |file| {
        out.open(b'{');
        out.write_member("stage", file.stage);
        out.write_option("key", file.key);
        out.write_member("text", file.text);
        out.close(b'}');
    });
    out.close(b']');
    out.close(b'}');
}

#[derive(Deserialize)]
pub(super) struct SnapshotJson {
    path: String,
    max_age_ms: Option<u64>,
    #[serde(default)]
    refreshed: bool,
    files: Vec<SnapshotFileJson>,
}

#[derive(Deserialize)]
struct SnapshotFileJson {
    stage: String,
    key: Option<String>,
    #[serde(default)]
    text: String,
}

impl SnapshotJson {
    pub(super) fn leak(self) -> SnapshotSpec {
        let leak_file = |SnapshotFileJson { stage, key, text }| SnapshotFile {
            stage: leak_text(stage),
            key: key.map(leak_text),
            text: leak_text(text),
        };
        SnapshotSpec {
            path: leak_text(self.path),
            max_age_ms: self.max_age_ms,
            refreshed: self.refreshed,
            files: leak_list(self.files, leak_file),
        }
    }
}
