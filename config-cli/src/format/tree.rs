//! Paths as nested objects: `mail.password` is `password` in `mail`.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::ExportEntry;

/// A value, or the fields of a struct in order.
pub(super) enum FieldTree<'a> {
    Text(&'a str),
    Struct(Vec<(&'a str, FieldTree<'a>)>),
}

/// Returns the entries as one struct.
pub(super) fn build_tree<'a>(entries: &[ExportEntry<'a>]) -> FieldTree<'a> {
    let mut root = FieldTree::Struct(Vec::new());
    for entry in entries {
        root.insert(entry.path, entry.text);
    }
    root
}

impl<'a> FieldTree<'a> {
    fn insert(&mut self, path: &'a str, text: &'a str) {
        // Unreachable: no field is both a value and a struct.
        let Self::Struct(fields) = self else { return };
        let Some((first, rest)) = path.split_once('.') else {
            fields.push((path, Self::Text(text)));
            return;
        };
        let index = fields
            .iter()
            .position(|(name, _)| *name == first)
            .unwrap_or_else(|| {
                fields.push((first, Self::Struct(Vec::new())));
                fields.len() - 1
            });
        fields[index].1.insert(rest, text);
    }
}

impl Serialize for FieldTree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Struct(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, node) in fields {
                    map.serialize_entry(name, node)?;
                }
                map.end()
            }
        }
    }
}
