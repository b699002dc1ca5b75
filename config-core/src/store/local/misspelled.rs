//! Finds the keys of a local file that are probably misspelled.

use super::LocalValues;
use crate::typed_value::{TypedData, TypedTable};
use stage_config_grammar::{source::Source, suggest::find_closest};

/// The names that the configurations of one load read.
pub(crate) struct KnownKeys {
    /// The paths of the fields of all configurations.
    pub(crate) all_fields: Vec<String>,
    /// The paths of the fields of the one configuration that these local values belong to.
    pub(crate) fields: Vec<String>,
    /// The sources of all configurations in this stage.
    pub(crate) all_sources: Vec<Source>,
}

/// A key that no configuration reads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MisspelledKey {
    pub(crate) key: String,
    /// A similar field or source that has no value in the file.
    pub(crate) closest: String,
}

impl LocalValues {
    /// Returns the keys of a file that no configuration reads and that resemble a field or source
    /// without a value. Leaves out a key that resembles none, because it may belong to another
    /// program.
    pub(crate) fn find_misspelled(&self, known: &KnownKeys) -> Vec<MisspelledKey> {
        if self.location.stage.is_none() {
            return Vec::new();
        }
        let has_source = |source: &Source| !matches!(self.find_source(source), Ok(None));
        let names = UnsetNames {
            known,
            fields: known
                .fields
                .iter()
                .filter(|path| !self.has(path))
                .map(String::as_str)
                .collect(),
            sources: known
                .all_sources
                .iter()
                .filter(|source| !has_source(source))
                .map(Source::to_string)
                .collect(),
        };
        let mut found = Vec::new();
        for (key, value) in &self.table {
            let source = self
                .sources
                .iter()
                .find(|(_, text)| *text == key)
                .map(|(source, _)| source);
            match (source, &value.data) {
                _ if known.all_fields.contains(key) => {}
                (Some(source), _) => names.compare_source(key, source, &mut found),
                (None, data) => names.compare_field(key, data, &mut found),
            }
        }
        found
    }
}

/// The names that have no value in the file, to which an unknown key is compared.
struct UnsetNames<'a> {
    known: &'a KnownKeys,
    fields: Vec<&'a str>,
    sources: Vec<String>,
}

impl UnsetNames<'_> {
    fn compare_source(&self, key: &str, source: &Source, found: &mut Vec<MisspelledKey>) {
        let is_read = |read: &Source| {
            read == source || source.key.is_none() && read.address == source.address
        };
        if !self.known.all_sources.iter().any(is_read) {
            add_closest(key, self.sources.iter().map(String::as_str), found);
        }
    }

    fn compare_field(&self, path: &str, data: &TypedData, found: &mut Vec<MisspelledKey>) {
        if self.known.all_fields.iter().any(|field| field == path) {
            return;
        }
        let prefix = format!("{path}.");
        let is_struct = |field: &String| field.starts_with(&prefix);
        if !self.known.all_fields.iter().any(is_struct)
            && add_closest(path, self.fields.iter().copied(), found)
        {
            return;
        }
        if let TypedData::Table(table) = data {
            self.compare_table(&prefix, table, found);
        }
    }

    fn compare_table(&self, prefix: &str, table: &TypedTable, found: &mut Vec<MisspelledKey>) {
        for (key, value) in table {
            self.compare_field(&format!("{prefix}{key}"), &value.data, found);
        }
    }
}

/// Adds the key if it resembles a candidate. Returns whether it does.
fn add_closest<'a>(
    key: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    found: &mut Vec<MisspelledKey>,
) -> bool {
    let closest = find_closest(key, candidates);
    found.extend(closest.map(|closest| MisspelledKey {
        key: key.to_owned(),
        closest: closest.to_owned(),
    }));
    closest.is_some()
}
