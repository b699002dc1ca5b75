//! Writes or removes one key of a JSON object and keeps every other byte: the order of the keys,
//! the spaces, numbers of any length, repeated keys.

use super::{
    DecodeError, KeyError,
    json::{JsonMember, JsonValue},
};
use crate::typed_value::quote_json;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};
use zeroize::Zeroizing;

/// Returns the document with `value`, which is JSON, at `key`. If the key exists, its old value is
/// replaced, even if the old value is `null`. The key is looked up as in [`select`](super::select).
/// A new key is read as a dotted path. The innermost object that exists on this path gets a new
/// last member. The member contains the value, inside new objects for the rest of the path.
///
/// # Errors
///
/// Returns an error if the document or a value on the path is not a JSON object.
pub(crate) fn put(
    document: &str,
    key: &str,
    value: &str,
) -> Result<Zeroizing<String>, DecodeError> {
    let root = JsonValue::parse_object(document)?;
    if let Some(found) = JsonMember::find(root, key)? {
        return Ok(splice(document, found.value().range(), value));
    }
    let (inner, rest) = find_innermost(root, key)?;
    let mut steps: Vec<&str> = rest.split('.').collect();
    let name = steps.remove(0);
    let value = steps
        .iter()
        .rev()
        .fold(Zeroizing::new(value.to_owned()), |value, step| {
            Zeroizing::new(format!("{{{}: {}}}", quote_json(step), value.as_str()))
        });
    let (at, member) = format_last_member(document, inner, name, &value)?;
    Ok(splice(document, at..at, &member))
}

/// Returns the document without the member at `key` and without its comma. If the key occurs twice
/// in its object, only the last one is removed.
///
/// # Errors
///
/// Returns an error if the document is not a JSON object or does not have the key.
pub(crate) fn remove(document: &str, key: &str) -> Result<Zeroizing<String>, KeyError> {
    let root = JsonValue::parse_object(document).map_err(KeyError::NotAnObject)?;
    let found = JsonMember::find(root, key)
        .map_err(KeyError::NotAnObject)?
        .ok_or(KeyError::Missing)?;
    Ok(splice(document, found.member_range(document), ""))
}

/// Returns the JSON text at `key`, or `None` if the document is not a JSON object or does not have
/// the key.
pub(crate) fn select_json(document: &str, key: &str) -> Option<Zeroizing<String>> {
    let found = JsonMember::find(JsonValue::parse_object(document).ok()?, key).ok()??;
    Some(Zeroizing::new(found.value().raw().to_owned()))
}

/// The members in a document that have no members themselves, by dotted path.
#[derive(Default)]
pub(crate) struct Leaves {
    /// The JSON texts of the members that are not objects.
    pub(crate) values: BTreeMap<String, Zeroizing<String>>,
    /// The members that are empty objects.
    pub(crate) empty: BTreeSet<String>,
}

impl Leaves {
    /// Collects the leaves of a document. Returns `None` if the document is not a JSON object, or
    /// if two members have the same path.
    pub(crate) fn from_document(document: &str) -> Option<Self> {
        let mut leaves = Self::default();
        let object = JsonValue::parse_object(document).ok()?;
        leaves.collect(object, "", &mut BTreeSet::new())?;
        Some(leaves)
    }

    /// `known` contains the paths of the members that were collected before.
    fn collect(
        &mut self,
        object: JsonValue<'_>,
        start: &str,
        known: &mut BTreeSet<String>,
    ) -> Option<()> {
        for (key, value) in object.entries().ok()? {
            let path = format!("{start}{key}");
            known.insert(path.clone()).then_some(())?;
            if !value.is_object() {
                let text = Zeroizing::new(value.raw().to_owned());
                self.values.insert(path, text);
            } else if value.entries().ok()?.is_empty() {
                self.empty.insert(path);
            } else {
                self.collect(value, &format!("{path}."), known)?;
            }
        }

        Some(())
    }
}

impl JsonMember<'_> {
    /// Returns the range of the member with the comma before or after it.
    fn member_range(&self, document: &str) -> Range<usize> {
        let end = self.value().range().end;
        match self.index.checked_sub(1) {
            Some(before) => self.entries[before].1.range().end..end,
            None => {
                let start = self.object.range().start + 1;
                let rest = &document[end..];
                let comma = rest
                    .find(|symbol: char| !symbol.is_whitespace())
                    .filter(|_| self.entries.len() > 1);
                start..comma.map_or(end, |comma| end + comma + 1)
            }
        }
    }
}

/// Returns the innermost existing object on a path, and the rest of the path.
fn find_innermost<'a, 'p>(
    object: JsonValue<'a>,
    path: &'p str,
) -> Result<(JsonValue<'a>, &'p str), DecodeError> {
    let entries = object.entries()?;
    for (dot, _) in path.match_indices('.') {
        let Some((_, inner)) = entries.iter().rev().find(|(key, _)| *key == path[..dot]) else {
            continue;
        };
        return if inner.is_object() {
            find_innermost(*inner, &path[dot + 1..])
        } else {
            Err(inner.not_a_container("a JSON object"))
        };
    }
    Ok((object, path))
}

/// Returns the position and the text of a new last member. If there are other members, the text
/// begins with a comma and the spaces that are before the first member.
fn format_last_member(
    document: &str,
    object: JsonValue<'_>,
    name: &str,
    value: &str,
) -> Result<(usize, Zeroizing<String>), DecodeError> {
    let start = object.range().start + 1;
    let Some((_, last)) = object.entries()?.pop() else {
        return Ok((
            start,
            Zeroizing::new(format!("{}: {value}", quote_json(name))),
        ));
    };
    let inside = &document[start..];
    let spaces = &inside[..inside.len() - inside.trim_start().len()];
    Ok((
        last.range().end,
        Zeroizing::new(format!(",{spaces}{}: {value}", quote_json(name))),
    ))
}

/// Replaces a range of a document. The result is allocated at full size, because a growing buffer
/// leaves copies in freed memory that is not wiped.
fn splice(document: &str, at: Range<usize>, text: &str) -> Zeroizing<String> {
    let mut whole = Zeroizing::new(String::with_capacity(document.len() + text.len()));
    whole.push_str(&document[..at.start]);
    whole.push_str(text);
    whole.push_str(&document[at.end..]);
    whole
}

#[cfg(test)]
mod tests {
    use super::super::select;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn put_replaces_only_the_value_of_the_key() {
        let document = "{ \"b\" : 1.50000000000000000001,\n\t\"a\":\"x\" , \"b\": 1e999, \"c\": \
                        {\"d\": null} }";
        let put_value = |key, value| put(document, key, value).unwrap().to_string();
        assert_eq!(put_value("a", "\"y\""), document.replace("\"x\"", "\"y\""));
        assert_eq!(
            put_value("b", "2"),
            document.replace("1e999", "2"),
            "the last of two, as a load reads it"
        );
        assert_eq!(put_value("c.d", "\"e\""), document.replace("null", "\"e\""));
        assert_eq!(
            put(r#"{"a.b":1,"a":{"b":2}}"#, "a.b", "3")
                .unwrap()
                .as_str(),
            r#"{"a.b":3,"a":{"b":2}}"#
        );
    }

    #[test]
    fn put_appends_a_new_key_with_the_spaces_of_the_first_member() {
        for (document, key, expected) in [
            ("{}", "a", r#"{"a": 1}"#),
            (r#"{"z":0}"#, "a", r#"{"z":0,"a": 1}"#),
            ("{\n  \"z\": 0\n}\n", "a", "{\n  \"z\": 0,\n  \"a\": 1\n}\n"),
            (r#"{"m":{"z":0}}"#, "m.a", r#"{"m":{"z":0,"a": 1}}"#),
            (r#"{"m":{}}"#, "m.a.b", r#"{"m":{"a": {"b": 1}}}"#),
            (r#"{"m":{}}"#, "n.a", r#"{"m":{},"n": {"a": 1}}"#),
            (r#"{"m":0}"#, "say \"hi\"", r#"{"m":0,"say \"hi\"": 1}"#),
        ] {
            assert_eq!(
                put(document, key, "1").unwrap().as_str(),
                expected,
                "{document} {key}"
            );
        }
    }

    #[test]
    fn put_rejects_values_that_are_not_objects() {
        for (document, key) in [
            ("[]", "a"),
            ("text", "a"),
            (r#"{"a":"planted"}"#, "a.b"),
            ("", "a"),
        ] {
            let error = put(document, key, "1").unwrap_err().to_string();
            assert!(
                error.contains("JSON") && !error.contains("planted"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_key_is_removed_with_one_comma() {
        for (document, key, expected) in [
            (r#"{"a":1}"#, "a", "{}"),
            (r#"{"a":1,"b":2}"#, "a", r#"{"b":2}"#),
            (r#"{"a":1 , "b":2}"#, "a", r#"{ "b":2}"#),
            (r#"{"a":1,"b":2}"#, "b", r#"{"a":1}"#),
            (
                "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}",
                "b",
                "{\n  \"a\": 1,\n  \"c\": 3\n}",
            ),
            (r#"{"m":{"a":1},"n":2}"#, "m.a", r#"{"m":{},"n":2}"#),
        ] {
            assert_eq!(
                remove(document, key).unwrap().as_str(),
                expected,
                "{document} {key}"
            );
        }
        assert_eq!(remove(r#"{"a":1}"#, "b").unwrap_err(), KeyError::Missing);
    }

    #[test]
    fn leaves_are_found_by_their_paths() {
        let leaves = Leaves::from_document(
            r#"{"a": 1.0, "b": {"c": [{"d": 2}], "e": {}, "f": null}, "g.h": "x"}"#,
        )
        .unwrap();
        let found: Vec<(&str, &str)> = leaves
            .values
            .iter()
            .map(|(path, json)| (path.as_str(), json.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("a", "1.0"),
                ("b.c", r#"[{"d": 2}]"#),
                ("b.f", "null"),
                ("g.h", r#""x""#)
            ]
        );
        assert_eq!(leaves.empty.into_iter().collect::<Vec<_>>(), ["b.e"]);
        for document in [
            "[]",
            "text",
            r#"{"a":1,"a":2}"#,
            r#"{"a":{},"a":1}"#,
            r#"{"a":{"b":1},"a":{"c":2}}"#,
            r#"{"a.b":1,"a":{"b":2}}"#,
            r#"{"a.b":{"c":1},"a":{"b":{"d":2}}}"#,
        ] {
            assert!(Leaves::from_document(document).is_none(), "{document}");
        }
    }

    proptest! {
        /// Compares the edited documents with a `BTreeMap` that serde_json reads and writes: a new
        /// value is found, the rest is unchanged, and a removed key is gone.
        #[test]
        fn other_members_do_not_change(
            mut members in proptest::collection::btree_map("[a-z\"\\\\ é]{1,4}", "[ -~é]{0,8}", 0..5),
            key in "[a-z\"\\\\ é]{1,4}",
            value in "[ -~é]{0,8}",
            pretty: bool,
        ) {
            let document = if pretty { serde_json::to_string_pretty(&members) } else { serde_json::to_string(&members) };
            let document = document.unwrap();
            let written = put(&document, &key, &serde_json::to_string(&value).unwrap()).unwrap();
            let parsed = |text: &str| serde_json::from_str::<std::collections::BTreeMap<String, String>>(text).unwrap();
            members.insert(key.clone(), value.clone());
            prop_assert_eq!(parsed(&written), members.clone());
            let found = select(&written, &key).unwrap();
            prop_assert_eq!(found.as_str(), value);
            members.remove(&key);
            prop_assert_eq!(parsed(&remove(&written, &key).unwrap()), members);
        }
    }
}
