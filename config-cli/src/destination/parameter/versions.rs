//! Merges concurrent writes of a JSON parameter from its versions.
//!
//! Parameter Store has no conditional write. A write returns only the number of its version. The
//! number shows whether other writers wrote versions between the read and the write. A write
//! without such versions is *clean*. The rule is:
//!
//! > A writer reports success only after a clean write, or after the writer has seen a version
//! > whose text is the merged text of all versions up to that version. That version is the writer's
//! > own or a later one.
//!
//! The merged text is the text of the first version that the merge reads, with the change of each
//! later version in order. It depends only on the versions, so all writers compute the same text.
//! If the texts of the versions do not show what one version changed
//! ([`JsonDocument::with_change_of`]), a writer reports an error that names the versions.
//!
//! When all writers have ended without an error, the last version contains every change that was
//! reported as written:
//!
//! 1. A version is *wrong* if its text is not the merged text. The first version is not wrong.
//! 2. A clean write changes the text of the version before it. So the new version is wrong only if
//!    the version before it is wrong.
//! 3. So each series of consecutive wrong versions begins with an unclean write. The writer of that
//!    write reports success only after it has seen a later version that is not wrong. Such a
//!    version comes after the series.
//! 4. So if the last version were wrong, the series would have no version after it. The writer that
//!    began the series would still be running, or would have reported an error.
//! 5. So the last version is not wrong, and its text has every change, except those that a later
//!    change of the same key replaced.
//!
//! The rule holds among writers that follow it. In two cases a change that was reported as written
//! may be lost: if a program replaces the whole text, and if a writer is killed after an unclean
//! write. A writer cannot detect either case beforehand.
//!
//! Two conditions apply to the first version that the merge reads: it is not wrong, and no active
//! writer has read an older version. So the first version is version 1, or it is more than
//! [`SETTLED_SECONDS`] older than the writer's own first write. A writer needs far less than this
//! time from its read to its last write.

use std::collections::BTreeMap;

use stage_config_core::manage::JsonDocument;
use stage_config_core::schema::Kind;

/// A version is settled if it is more than this number of seconds older than the writer's own first
/// write. No active writer has read a version that is older than a settled one.
pub(super) const SETTLED_SECONDS: i64 = 300;

/// A change of one key, which can be applied to any version of the JSON.
pub(super) struct KeyChange<'a> {
    pub(super) key: &'a str,
    pub(super) action: KeyAction<'a>,
}

pub(super) enum KeyAction<'a> {
    Set {
        value: &'a str,
        kind: Kind,
        overwrite: bool,
    },
    Remove,
}

impl KeyChange<'_> {
    /// Returns the document with the change, or `None` if the key to remove does not exist.
    pub(super) fn apply(&self, document: &JsonDocument) -> Result<Option<JsonDocument>, String> {
        match self.action {
            KeyAction::Set { value, kind, .. } => {
                document.with_value(self.key, kind, value).map(Some)
            }
            KeyAction::Remove => document.without_key(self.key),
        }
    }

    /// Returns whether another writer has set the key, and this change must not replace the value
    /// of the key.
    fn must_keep_existing(&self, document: &JsonDocument) -> bool {
        matches!(
            self.action,
            KeyAction::Set {
                overwrite: false,
                ..
            }
        ) && document.has(self.key) == Ok(true)
    }

    fn is_in(&self, document: &JsonDocument) -> bool {
        match self.action {
            KeyAction::Set { .. } => self
                .apply(document)
                .ok()
                .flatten()
                .is_some_and(|changed| changed.has_same_values(document)),
            KeyAction::Remove => document.has(self.key) == Ok(false),
        }
    }
}

/// A write of this writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnWrite {
    /// The change of this writer, applied to the text that was read.
    Change,
    /// The merged text of all versions that were read.
    Merged,
    /// The text of the previous version, with another writer's value of the key. This writer's
    /// change had replaced that value.
    Restored,
}

/// What happened to this writer's change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnChange {
    Kept,
    /// The value of another writer was kept.
    Withdrawn,
    /// Another writer changed the same key later.
    Replaced,
}

pub(super) enum NextStep {
    /// The last version has every change.
    Done(OwnChange),
    /// Write this text. If the write is clean, `end` tells what happened to this writer's change.
    /// If `end` is `None`, another write must follow.
    Write {
        text: JsonDocument,
        write: OwnWrite,
        end: Option<OwnChange>,
    },
    /// The versions do not determine the merged text.
    Uncertain,
}

pub(super) struct Versions {
    texts: BTreeMap<i64, JsonDocument>,
    own: BTreeMap<i64, OwnWrite>,
}

struct Merged {
    text: JsonDocument,
    /// The text before this writer's change, if another writer had set the key and the change must
    /// not replace that value.
    theirs: Option<JsonDocument>,
}

impl Versions {
    /// Creates a collection without texts. `changed` is the version that this writer's first write
    /// created.
    pub(super) fn new(changed: i64) -> Self {
        Self {
            texts: BTreeMap::new(),
            own: BTreeMap::from([(changed, OwnWrite::Change)]),
        }
    }

    pub(super) fn insert(&mut self, version: i64, document: JsonDocument) {
        self.texts.insert(version, document);
    }

    pub(super) fn contains(&self, version: i64) -> bool {
        self.texts.contains_key(&version)
    }

    /// Records a write of this writer.
    pub(super) fn add_own(&mut self, version: i64, write: OwnWrite) {
        self.own.insert(version, write);
    }

    pub(super) fn next_step(&self, change: &KeyChange<'_>) -> NextStep {
        let (Some(merged), Some((_, last))) = (self.merge(change), self.texts.last_key_value())
        else {
            return NextStep::Uncertain;
        };
        let is_own = change.is_in(&merged.text);
        let has_restored = self.own.values().any(|write| *write == OwnWrite::Restored);
        let end = match (&merged.theirs, is_own) {
            (Some(_), _) if has_restored => Some(OwnChange::Withdrawn),
            (Some(_), true) => None,
            // A third writer changed the key too, and may restore the value of this writer.
            (Some(_), false) => return NextStep::Uncertain,
            (None, true) => Some(OwnChange::Kept),
            (None, false) => Some(OwnChange::Replaced),
        };
        if !merged.text.has_same_values(last) {
            return NextStep::Write {
                text: merged.text,
                write: OwnWrite::Merged,
                end,
            };
        }
        match (end, merged.theirs) {
            (Some(end), _) => NextStep::Done(end),
            // Put the other writer's value into the text of the last version, so that other writers
            // see a change of the key.
            (None, theirs) => match theirs.and_then(|theirs| last.with_key_of(&theirs, change.key))
            {
                Some(text) => NextStep::Write {
                    text,
                    write: OwnWrite::Restored,
                    end: Some(OwnChange::Withdrawn),
                },
                None => NextStep::Uncertain,
            },
        }
    }

    fn merge(&self, change: &KeyChange<'_>) -> Option<Merged> {
        let texts: Vec<&JsonDocument> = self.texts.values().collect();
        let mut merged = Merged {
            text: (*texts.first()?).clone(),
            theirs: None,
        };
        for (index, (version, text)) in self.texts.iter().enumerate().skip(1) {
            match self.own.get(version) {
                Some(OwnWrite::Change) => {
                    merged.theirs = change
                        .must_keep_existing(&merged.text)
                        .then(|| merged.text.clone());
                    merged.text = change.apply(&merged.text).ok()?.unwrap_or(merged.text);
                }
                Some(OwnWrite::Merged) => {}
                Some(OwnWrite::Restored) => {
                    merged.text = merged
                        .text
                        .with_key_of(merged.theirs.as_ref()?, change.key)?
                }
                None => merged.text = merged.text.with_change_of(text, &texts[..index])?,
            }
            if merged.text.has_same_values(text) {
                // Keep the white space of the original text.
                merged.text = text.clone();
            }
        }
        Some(merged)
    }

    /// Returns a text with the versions that other writers wrote after `read`: `version 2`,
    /// `versions 2, 3 and 5`.
    pub(super) fn name_others(&self, read: i64) -> String {
        let others = self
            .texts
            .keys()
            .filter(|version| **version > read && !self.own.contains_key(version));
        let mut others: Vec<String> = others.map(i64::to_string).collect();
        match others.pop() {
            Some(last) if others.is_empty() => format!("version {last}"),
            Some(last) => format!("versions {} and {last}", others.join(", ")),
            None => format!("the versions after {read}"),
        }
    }
}

#[cfg(test)]
mod tests;
