//! The versions of a JSON parameter that several writers wrote at the same time, and the text that has the changes of all.
//!
//! Parameter Store has no conditional write. A write only tells, by its number, whether other versions came between the version
//! that was read and the own one. A write without such versions is *clean*. The rule is:
//!
//! > A writer reports success only after a clean write, or after it has seen a version, its own or a later one, whose text is the
//! > merged text of all versions up to it.
//!
//! The merged text follows from the versions alone: the text of the first, and then the change of each, in their order. So all
//! writers compute the same one. Where the versions do not tell what one of them changed
//! ([`JsonDocument::with_change_of`]), a writer reports an error that names the versions.
//!
//! Why the last version has each change that was reported as written, once no writer is at work and none has reported an error:
//!
//! 1. Let a version be *wrong* if its text is not the merged text. The first version is not wrong.
//! 2. A clean write changes the text of the version before it. So it is wrong only if the version before it is wrong.
//! 3. So a run of wrong versions begins with one that is not clean. Its writer has to see a later version that is not wrong before it
//!    reports success, and there is none within the run.
//! 4. So if the last version were wrong, the writer that began its run would still be at work, or would have reported an error.
//! 5. So the last version is not wrong, and its text has every change, except where a later change replaced the same key.
//!
//! The rule holds among writers that follow it. A program that replaces the whole text, or a writer that is killed after a write that
//! was not clean, may take away what was reported before; neither can be seen beforehand.
//!
//! The first version that counts must not be wrong, and no writer may have read an older one. So it is one that had stood for
//! [`SETTLED_SECONDS`] when the last was written, which is far longer than a writer may take from its read to its last write.

use std::collections::BTreeMap;

use stage_config_core::manage::JsonDocument;
use stage_config_core::schema::Kind;

/// How old a version must be for its text to be taken for what all writers have read.
pub(super) const SETTLED_SECONDS: i64 = 300;

/// What a write does to the JSON, whichever version it finds.
pub(super) struct KeyChange<'a> {
    pub(super) key: &'a str,
    pub(super) action: KeyAction<'a>,
}

pub(super) enum KeyAction<'a> {
    Set { value: &'a str, kind: Kind, overwrite: bool },
    Remove,
}

impl KeyChange<'_> {
    /// The document with the change; `None` where a key that is to go is not there.
    pub(super) fn apply(&self, document: &JsonDocument) -> Result<Option<JsonDocument>, String> {
        match self.action {
            KeyAction::Set { value, kind, .. } => document.with_value(self.key, kind, value).map(Some),
            KeyAction::Remove => document.without_key(self.key),
        }
    }

    /// Whether the key was written by others, and is not to be replaced.
    fn gives_way(&self, document: &JsonDocument) -> bool {
        matches!(self.action, KeyAction::Set { overwrite: false, .. }) && document.has(self.key) == Ok(true)
    }

    fn is_in(&self, document: &JsonDocument) -> bool {
        match self.action {
            KeyAction::Set { .. } => {
                self.apply(document).ok().flatten().is_some_and(|changed| changed.has_same_values(document))
            }
            KeyAction::Remove => document.has(self.key) == Ok(false),
        }
    }
}

/// What the writer itself has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnWrite {
    /// Its change, in the text that it had read.
    Change,
    /// The merged text of the versions up to one.
    Merged,
    /// The value of others that its change had replaced, in the text of the version before.
    GaveWay,
}

/// What has become of the writer's own change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnChange {
    Kept,
    /// It gave way to a value that others wrote.
    GaveWay,
    /// Others changed the same key after it.
    Replaced,
}

pub(super) enum NextStep {
    /// The last version has everything.
    Done(OwnChange),
    /// The text is to be written. Where the write is clean, the change has ended so.
    Write { text: JsonDocument, write: OwnWrite, end: Option<OwnChange> },
    /// The versions do not tell what belongs into the text.
    Uncertain,
}

pub(super) struct Versions {
    texts: BTreeMap<i64, JsonDocument>,
    own: BTreeMap<i64, OwnWrite>,
}

struct Merged {
    text: JsonDocument,
    /// The text before the own change, where others had written the key and it is not to be replaced.
    theirs: Option<JsonDocument>,
}

impl Versions {
    /// `changed` is the version with the writer's own change.
    pub(super) fn new(changed: i64) -> Self {
        Self { texts: BTreeMap::new(), own: BTreeMap::from([(changed, OwnWrite::Change)]) }
    }

    pub(super) fn insert(&mut self, version: i64, document: JsonDocument) {
        self.texts.insert(version, document);
    }

    pub(super) fn contains(&self, version: i64) -> bool {
        self.texts.contains_key(&version)
    }

    /// Notes what the writer wrote.
    pub(super) fn add_own(&mut self, version: i64, write: OwnWrite) {
        self.own.insert(version, write);
    }

    pub(super) fn next_step(&self, change: &KeyChange<'_>) -> NextStep {
        let (Some(merged), Some((_, last))) = (self.merge(change), self.texts.last_key_value()) else {
            return NextStep::Uncertain;
        };
        let is_own = change.is_in(&merged.text);
        let has_given_way = self.own.values().any(|write| *write == OwnWrite::GaveWay);
        let end = match (&merged.theirs, is_own) {
            (Some(_), _) if has_given_way => Some(OwnChange::GaveWay),
            (Some(_), true) => None,
            // A third changed the key too, and may bring back the own value.
            (Some(_), false) => return NextStep::Uncertain,
            (None, true) => Some(OwnChange::Kept),
            (None, false) => Some(OwnChange::Replaced),
        };
        if !merged.text.has_same_values(last) {
            return NextStep::Write { text: merged.text, write: OwnWrite::Merged, end };
        }
        match (end, merged.theirs) {
            (Some(end), _) => NextStep::Done(end),
            // Others must see it as a change: it is written into a text that was a version.
            (None, theirs) => match theirs.and_then(|theirs| last.with_key_of(&theirs, change.key)) {
                Some(text) => NextStep::Write { text, write: OwnWrite::GaveWay, end: Some(OwnChange::GaveWay) },
                None => NextStep::Uncertain,
            },
        }
    }

    fn merge(&self, change: &KeyChange<'_>) -> Option<Merged> {
        let texts: Vec<&JsonDocument> = self.texts.values().collect();
        let mut merged = Merged { text: (*texts.first()?).clone(), theirs: None };
        for (index, (version, text)) in self.texts.iter().enumerate().skip(1) {
            match self.own.get(version) {
                Some(OwnWrite::Change) => {
                    merged.theirs = change.gives_way(&merged.text).then(|| merged.text.clone());
                    merged.text = change.apply(&merged.text).ok()?.unwrap_or(merged.text);
                }
                Some(OwnWrite::Merged) => {}
                Some(OwnWrite::GaveWay) => {
                    merged.text = merged.text.with_key_of(merged.theirs.as_ref()?, change.key)?
                }
                None => merged.text = merged.text.with_change_of(text, &texts[..index])?,
            }
            if merged.text.has_same_values(text) {
                // With its spaces.
                merged.text = text.clone();
            }
        }
        Some(merged)
    }

    /// The versions of others after `read`, as a text: `version 2`, `versions 2, 3 and 5`.
    pub(super) fn name_others(&self, read: i64) -> String {
        let others = self.texts.keys().filter(|version| **version > read && !self.own.contains_key(version));
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
