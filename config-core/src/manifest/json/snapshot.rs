//! The member `snapshot`.

use super::{super::out::Out, list, text};
use crate::schema::{Snapshot, SnapshotFile};
use serde::Deserialize;

pub(super) const fn write(out: &mut Out<'_>, snapshot: Option<&Snapshot>) {
    let Some(Snapshot { path, max_age_ms, refreshed, files }) = snapshot else { return };
    out.name("snapshot");
    out.open(b'{');
    out.member("path", path);
    if let Some(ms) = *max_age_ms {
        out.name("max_age_ms");
        out.number(ms as u128);
    }
    out.flag("refreshed", *refreshed);
    out.name("files");
    out.open(b'[');
    let mut index = 0;
    while index < files.len() {
        out.open(b'{');
        out.member("stage", files[index].stage);
        out.option("key", files[index].key);
        out.member("text", files[index].text);
        out.close(b'}');
        index += 1;
    }
    out.close(b']');
    out.close(b'}');
}

#[derive(Deserialize)]
pub(super) struct SnapshotJson {
    path: String,
    max_age_ms: Option<u64>,
    #[serde(default)]
    refreshed: bool,
    files: Vec<FileJson>,
}

#[derive(Deserialize)]
struct FileJson {
    stage: String,
    key: Option<String>,
    #[serde(default)]
    text: String,
}

impl SnapshotJson {
    pub(super) fn leak(self) -> Snapshot {
        let file =
            |FileJson { stage, key, text: of }| SnapshotFile { stage: text(stage), key: key.map(text), text: text(of) };
        Snapshot {
            path: text(self.path),
            max_age_ms: self.max_age_ms,
            refreshed: self.refreshed,
            files: list(self.files, file),
        }
    }
}
