//! Merges one version of a JSON object with versions that other writers created concurrently. The
//! merge applies only the changes of this version.

use super::JsonDocument;
use crate::decode::{Leaves, put, select_json};
use std::collections::BTreeSet;

impl JsonDocument {
    /// Returns whether both documents have the same values at the same paths. Spaces and the order
    /// of keys may differ. Returns `false` if one of the texts is not a JSON object, or has a path
    /// that leads to two members.
    #[must_use]
    pub fn has_same_values(&self, other: &Self) -> bool {
        match (
            Leaves::from_document(self.text()),
            Leaves::from_document(other.text()),
        ) {
            (Some(own), Some(other)) => own.values == other.values && own.empty == other.empty,
            _ => false,
        }
    }

    /// Returns the document with the value of `other` at the key. Returns `None` if `other` has no
    /// value there, or if the document cannot contain the key.
    #[must_use]
    pub fn with_key_of(&self, other: &Self, key: &str) -> Option<Self> {
        put(self.text(), key, &select_json(other.text(), key)?)
            .ok()
            .map(Self::new)
    }

    /// Returns the document with the changes of `version`. `earlier` contains all previous versions
    /// that the writer of `version` may have read.
    ///
    /// A writer changes one key of the text that it read, or merges the changes of other writers.
    /// So if no earlier version has the same value at the same path, the value is the writer's own
    /// change. Any other value may come from the text that the writer read.
    ///
    /// Returns `None` if the versions do not show what the writer changed, for example if the
    /// writer may have restored an old value, or removed a key of an inner object. Also returns
    /// `None` if one of the texts is not a JSON object, or has a path that leads to two members.
    #[must_use]
    pub fn with_change_of(&self, version: &Self, earlier: &[&Self]) -> Option<Self> {
        let earlier: Vec<Leaves> = earlier
            .iter()
            .map(|document| Leaves::from_document(document.text()))
            .collect::<Option<_>>()?;
        let comparison = VersionComparison {
            current: Leaves::from_document(self.text())?,
            version: Leaves::from_document(version.text())?,
            earlier,
        };
        let change = comparison.find_change()?;
        let mut document = self.clone();
        // Removals are applied first, because `version` may replace a removed value with an object.
        for path in change
            .iter()
            .filter(|path| !comparison.version.values.contains_key(**path))
        {
            document = document.without_key(path).ok()?.unwrap_or(document);
        }
        for path in &change {
            if let Some(json) = comparison.version.values.get(*path) {
                document = Self::new(put(document.text(), path, json).ok()?);
            }
        }
        Some(document)
    }
}

struct VersionComparison {
    /// The merged state that does not yet contain the changes of the version.
    current: Leaves,
    version: Leaves,
    earlier: Vec<Leaves>,
}

impl VersionComparison {
    /// Returns the paths that the writer of the version changed. Returns `None` if these are
    /// uncertain.
    fn find_change(&self) -> Option<BTreeSet<&str>> {
        let is_known = |path: &String| {
            self.earlier
                .iter()
                .any(|leaves| leaves.empty.contains(path))
        };
        // The comparison of values below does not see that the version adds an object without
        // members, because such an object has no values.
        if !self.version.empty.iter().all(is_known) {
            return None;
        }
        let new: BTreeSet<&str> = self
            .paths()
            .filter(|path| self.earlier.iter().all(|leaves| self.differs(leaves, path)))
            .collect();
        let old: BTreeSet<&str> = self
            .paths()
            .filter(|path| !new.contains(path) && self.differs(&self.current, path))
            .collect();

        let is_certain = if new.is_empty() {
            !self.may_be_intended(&old)
        } else {
            self.is_inherited(&old, &new)
        };
        // After the removal of an inner key, it is uncertain whether the outer object was removed
        // too.
        let removes_inner = new
            .iter()
            .any(|path| path.contains('.') && !self.version.values.contains_key(*path));
        (is_certain && !removes_inner).then_some(new)
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        let documents = self.earlier.iter().chain([&self.current, &self.version]);
        documents.flat_map(|leaves| leaves.values.keys().map(String::as_str))
    }

    fn differs(&self, other: &Leaves, path: &str) -> bool {
        self.version.values.get(path) != other.values.get(path)
    }

    /// Returns whether the writer may have changed one key of an earlier version back to one of
    /// these old values.
    fn may_be_intended(&self, old: &BTreeSet<&str>) -> bool {
        self.earlier.iter().any(|base| {
            let changed: BTreeSet<&str> = self
                .paths()
                .filter(|path| self.differs(base, path))
                .collect();
            let keys: BTreeSet<&str> = changed.iter().map(|path| first_key(path)).collect();
            keys.len() == 1 && !changed.is_disjoint(old)
        })
    }

    /// Returns whether the old values come from a version that the writer read, and are not part of
    /// the writer's change.
    fn is_inherited(&self, old: &BTreeSet<&str>, new: &BTreeSet<&str>) -> bool {
        let has_base = || {
            self.earlier.iter().any(|base| {
                self.paths()
                    .all(|path| new.contains(path) || !self.differs(base, path))
            })
        };
        let new_keys: BTreeSet<&str> = new.iter().map(|path| first_key(path)).collect();
        old.is_empty() || old.iter().all(|path| !new_keys.contains(first_key(path))) && has_base()
    }
}

fn first_key(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn document(text: &str) -> JsonDocument {
        JsonDocument::new(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn only_the_changes_of_a_version_are_merged() {
        for (earlier, version, current, expected) in [
            (&["{}"][..], r#"{"a":1}"#, "{}", Some(r#"{"a": 1}"#)),
            // The writer read the first version, so it did not remove `a`.
            (
                &["{}", r#"{"a":1}"#],
                r#"{"b":1}"#,
                r#"{"a":1}"#,
                Some(r#"{"a":1,"b": 1}"#),
            ),
            // The version lacks the latest change, and changes nothing.
            (
                &["{}", r#"{"a":1}"#, r#"{"b":1}"#],
                r#"{"a":1,"b":1}"#,
                r#"{"b":1,"a":1,"c":1}"#,
                Some(r#"{"b":1,"a":1,"c":1}"#),
            ),
            (
                &[r#"{"a":1,"b":2}"#],
                r#"{"b":2}"#,
                r#"{"a":1,"b":2}"#,
                Some(r#"{"b":2}"#),
            ),
            (
                &[r#"{"m":{"a":1}}"#],
                r#"{"m":{"a":1,"b":2}}"#,
                r#"{"m":{"a":1}}"#,
                Some(r#"{"m":{"a":1,"b": 2}}"#),
            ),
            // The writer may have restored `a`, or may have read the first version.
            (
                &[r#"{"a":1}"#, r#"{"a":2}"#],
                r#"{"a":1}"#,
                r#"{"a":2}"#,
                None,
            ),
            (&["{}", r#"{"a":1}"#], "{}", r#"{"a":1}"#, None),
            // The writer cannot have read any of these versions.
            (
                &[r#"{"a":1,"x":1}"#, r#"{"a":2,"x":2}"#],
                r#"{"a":2,"x":1,"b":1}"#,
                r#"{"a":2,"x":2}"#,
                None,
            ),
            (&["{}"], r#"{"a":{}}"#, "{}", None),
            (&["{}"], "[]", "{}", None),
        ] {
            let earlier: Vec<JsonDocument> = earlier.iter().map(|text| document(text)).collect();
            let earlier: Vec<&JsonDocument> = earlier.iter().collect();
            let merged = document(current).with_change_of(&document(version), &earlier);
            assert_eq!(
                merged.as_ref().map(JsonDocument::text),
                expected,
                "{version}"
            );
        }
    }
}
