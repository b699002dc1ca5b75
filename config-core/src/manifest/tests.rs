//! Tests that every written schema is read back, and that any other input is either refused or
//! planned without a panic. Other tests check the versions, the padding, unknown members and kinds,
//! and the characters that the writer escapes or the reader replaces.

mod any_schema;
mod composed;
mod large;
mod refused;

use super::*;
use crate::{
    plan::Plan,
    schema::{
        Assignment, AssignmentKey, FieldContent, Kind, Secrecy,
        samples::{self, leak, leak_list, leak_text},
    },
    stage::Stage,
};
use any_schema::{any_schema, nested};
use proptest::prelude::*;

/// Encodes a schema that is not a constant.
fn encode_schema(schema: &Schema) -> Vec<u8> {
    let mut record = vec![0; encoded_len(schema)];
    write(schema, &mut record);
    record
}

/// Encodes a record with any text as its JSON.
fn encode_record(json: &str) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap().to_le_bytes();
    [&MAGIC[..], &VERSION.to_le_bytes(), &length, json.as_bytes()].concat()
}

/// Returns the JSON of a schema's record.
fn to_json(schema: &Schema) -> String {
    String::from_utf8(encode_schema(schema).split_off(HEADER)).unwrap()
}

#[test]
fn records_may_have_padding_between_them() {
    let (first, second) = (nested(0), nested(2));
    for padding in 0..9 {
        let zeros = vec![0; padding];
        let section = [
            &zeros[..],
            &encode_schema(first),
            &zeros[..],
            &encode_schema(second),
            &zeros[..],
        ]
        .concat();
        assert_eq!(decode(&section), Ok(vec![first, second]));
    }
    assert_eq!(decode(&[]), Ok(Vec::new()));
    assert_eq!(decode(&[0; 100]), Ok(Vec::new()));
}

#[test]
fn the_error_for_a_later_version_says_what_to_install() {
    let mut section = encode_schema(nested(0));
    section[MAGIC.len()] = 5;
    // Nothing after an unknown version is read, not even the length.
    for end in [section.len(), MAGIC.len() + 4] {
        let error = decode(&section[..end]).unwrap_err();
        assert_eq!(error.kind(), ManifestErrorKind::UnsupportedVersion);
        assert_eq!(
            error.to_string(),
            "the manifest cannot be read: the manifest has version 5, and versions 1 to 4 are \
             supported. Help: install a cargo-stage that is as new as the artifact's stage-config: \
             cargo install cargo-stage"
        );
    }
}

/// A reader of version 2 would ignore the templates of a nested field, and show other sources. Such
/// a reader must refuse a record with these templates, but read a record without them.
#[test]
fn only_a_record_with_templates_of_a_nested_field_has_version_3() {
    const TEMPLATES: &[Assignment] = &[samples::chain(AssignmentKey::All, &["vault:db#{field}"])];
    let with_templates = |schema: &'static Schema| -> &'static Schema {
        let FieldContent::Nested {
            schema: inner,
            optional,
            ..
        } = schema.fields[0].content
        else {
            panic!("the field is not nested")
        };
        leak(Schema {
            schemes: &["vault"],
            fields: leak_list([samples::field(
                "inner",
                FieldContent::Nested {
                    schema: inner,
                    optional,
                    templates: TEMPLATES,
                },
            )]),
            ..*schema
        })
    };
    let outermost = with_templates(nested(2));
    let innermost = leak(Schema {
        fields: leak_list([samples::nested("outer", with_templates(nested(1)))]),
        ..*nested(1)
    });
    for (schema, version) in [
        (nested(0), 2),
        (nested(2), 2),
        (outermost, 3),
        (innermost, 3),
    ] {
        let record = encode_schema(schema);
        assert_eq!(record[MAGIC.len()..][..4], [version, 0, 0, 0]);
        assert_eq!(decode(&record), Ok(vec![schema]));
    }
}

/// A record of version 1 contains the option `secret`, and whether a type, or the item type of its
/// outermost container, is a type of the crate `secrecy`. The reader infers the rest from the kind.
#[test]
fn the_secrecy_of_version_1_is_inferred() {
    let secrecy = |value: &str| {
        let json = to_json(nested(0)).replacen(r#""kind":"string""#, value, 1);
        let mut section = encode_record(&json);
        section[MAGIC.len()] = 1;
        decode(&section).unwrap()[0].leaves()[0].secrecy
    };
    for (value, expected) in [
        (r#""kind":"string""#, Secrecy::No),
        (r#""kind":"json""#, Secrecy::No),
        (r#""kind":{"list_of":"string"}"#, Secrecy::No),
        (r#""kind":{"bytes":null}"#, Secrecy::No),
        (r#""kind":"string","secret_type":true"#, Secrecy::Yes),
        (r#""kind":"object","secret_type":true"#, Secrecy::Yes),
        (r#""kind":"string","secret":true"#, Secrecy::Yes),
        (r#""kind":"other","secret":true"#, Secrecy::Yes),
        (r#""kind":"other""#, Secrecy::Unknown),
        (r#""kind":"object""#, Secrecy::Unknown),
        (r#""kind":{"list_of":"other"}"#, Secrecy::Unknown),
        // A member of version 2, which a record of version 1 does not have.
        (r#""kind":"string","secrecy":"yes""#, Secrecy::No),
    ] {
        assert_eq!(secrecy(value), expected, "{value}");
    }
}

/// If the templates of a record of version 1 contain a bare key, the program reads nothing in the
/// stage of this key. So the plan of this stage must contain no source.
#[test]
fn a_bare_key_in_the_templates_of_version_1_has_no_source() {
    let templates = r#""templates":[{"key":"dev"},{"key":"all","sources":["env:{field}"]}]"#;
    let json = to_json(nested(0)).replacen(
        r#""templates":[{"key":"dev","sources":["env:{field}"]}]"#,
        templates,
        1,
    );
    let mut section = encode_record(&json.replacen(r#"["dev"]"#, r#"["dev","prod"]"#, 1));
    section[MAGIC.len()] = 1;
    let schema = decode(&section).unwrap()[0];
    let sources = |stage: &str| {
        let plan = Plan::new(schema, Stage::choose(schema, stage).unwrap(), |_| false).unwrap();
        plan.sources("inner").unwrap()
    };
    assert_eq!(
        (sources("dev"), sources("prod")),
        (Vec::new(), vec!["env:inner".to_owned()])
    );
}

#[test]
fn unknown_members_are_ignored() {
    let json = to_json(nested(1)).replace("\"name\":", "\"later\":{\"a\":[1]},\"name\":");
    assert_eq!(decode(&encode_record(&json)), Ok(vec![nested(1)]));
}

/// A later version may add kinds; only the program can decode a value of such a kind.
#[test]
fn an_unknown_kind_is_read_as_other() {
    let schema = nested(0);
    for kind in [r#""colour""#, r#"{"decimal":{"digits":[1,{"a":null}]}}"#] {
        let json = to_json(schema).replace(r#""kind":"string""#, &format!(r#""kind":{kind}"#));
        let FieldContent::Value(value) =
            decode(&encode_record(&json)).unwrap()[0].fields[0].content
        else {
            panic!("the field is not a value")
        };
        assert_eq!(value.shape.kind, Kind::Other, "{kind}");
    }
    let json = to_json(schema).replace(r#""kind":"string""#, r#""kind":{"list_of":{"colour":1}}"#);
    let FieldContent::Value(value) = decode(&encode_record(&json)).unwrap()[0].fields[0].content
    else {
        panic!("the field is not a value")
    };
    assert_eq!(value.shape.kind, Kind::ListOf(&Kind::Other));
}

#[test]
fn control_characters_in_docs_are_replaced() {
    let schema = Schema {
        docs: "red \u{1b}[31m,\tand\nback \u{9b}0m\r",
        ..*nested(0)
    };
    assert_eq!(
        decode(&encode_schema(&schema)).unwrap()[0].docs,
        "red \u{fffd}[31m,\tand\nback \u{fffd}0m\u{fffd}"
    );
}

proptest! {
    #[test]
    fn a_written_schema_is_read_back(schema in any_schema()) {
        let section = encode_schema(schema);
        prop_assert_eq!(decode(&section), Ok(vec![schema]));
        // An independent reader accepts the JSON.
        let json: serde_json::Value = serde_json::from_str(&to_json(schema)).unwrap();
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&json.to_string()).unwrap(), json);
    }

    #[test]
    fn a_truncated_record_is_malformed(schema in any_schema(), cut in any::<prop::sample::Index>()) {
        let section = encode_schema(schema);
        let cut = cut.index(section.len() - 1) + 1;
        let error = decode(&section[..cut]).unwrap_err();
        prop_assert_eq!(error.kind(), ManifestErrorKind::Malformed);
    }

    /// A changed name may still be valid. Planning a schema that was read does not panic, and a
    /// plan has all fields.
    #[test]
    fn a_changed_record_is_refused_or_planned_without_a_panic(
        schema in any_schema(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut section = encode_schema(schema);
        for (at, byte) in changes {
            let at = at.index(section.len());
            section[at] = byte;
        }
        for schema in decode(&section).unwrap_or_default() {
            for name in schema.stages.iter().copied().chain(["qa1"]) {
                if let Ok(stage) = crate::Stage::choose(schema, name)
                    && let Ok(plan) = crate::Plan::new(schema, stage, |_| false)
                {
                    prop_assert_eq!(plan.fields().count(), schema.leaves().len());
                }
            }
        }
    }

    /// An independent reader reads each text back, with characters that need an escape at any
    /// position within a chunk.
    #[test]
    fn texts_are_escaped_correctly(text in prop::collection::vec(prop_oneof![9 => "[ -~]", 1 => any::<char>().prop_map(String::from)], 0..80)) {
        let text = text.concat();
        let schema = Schema { docs: leak_text(&text), ..*nested(0) };
        let json: serde_json::Value = serde_json::from_str(&to_json(&schema)).unwrap();
        prop_assert_eq!(json["docs"].as_str().unwrap_or_default(), text);
    }

    #[test]
    fn random_bytes_are_refused_unless_all_are_padding(bytes in prop::collection::vec(any::<u8>(), 1..200), json: bool) {
        let section = if json { [&MAGIC[..], &VERSION.to_le_bytes(), &[200, 0, 0, 0], &bytes].concat() } else { bytes };
        if let Ok(schemas) = decode(&section) {
            prop_assert!(schemas.is_empty() && section.iter().all(|byte| *byte == 0));
        }
    }
}
