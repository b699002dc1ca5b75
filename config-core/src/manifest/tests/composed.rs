//! Records with composed fields.

use super::*;
use crate::schema::{ComposeSpec, Field, FieldSpec, samples::STRING};

fn composed(name: &'static str, template: &'static str, parts: &[&'static str]) -> Field {
    let compose = Some(ComposeSpec {
        template,
        parts: leak_list(parts.iter().copied()),
    });
    samples::value(name, FieldSpec { compose, ..STRING })
}

fn with_fields(fields: impl IntoIterator<Item = Field>) -> Schema {
    Schema {
        fields: leak_list(fields),
        ..samples::CONFIG
    }
}

/// An older reader would look for a parameter of the field, so it must refuse the record.
#[test]
fn a_record_with_a_composed_field_has_version_4() {
    let inner = leak(with_fields([
        samples::value("host", STRING),
        composed("url", "https://{host}/", &["host"]),
    ]));
    let outer = leak(with_fields([
        samples::nested("inner", inner),
        composed(
            "both",
            "{inner.url:raw}{inner.host:raw}",
            &["inner.url", "inner.host"],
        ),
    ]));
    let around = leak(with_fields([samples::nested("outer", outer)]));
    for schema in [inner, outer, around] {
        let record = encode_schema(schema);
        assert_eq!(record[MAGIC.len()..][..4], [4, 0, 0, 0]);
        assert_eq!(decode(&record), Ok(vec![schema]));
    }
}

#[test]
fn a_composed_field_that_the_derive_would_refuse_is_refused() {
    let host = || samples::value("host", STRING);
    let with_source = |field: Field| {
        let FieldContent::Value(spec) = field.content else {
            unreachable!("a value")
        };
        let assignments = leak_list([samples::chain(AssignmentKey::All, &["/x"])]);
        samples::value(
            field.name,
            FieldSpec {
                assignments,
                ..spec
            },
        )
    };
    for (fields, words) in [
        (
            vec![composed("url", "https://{host}/", &["host"])],
            "\"host\", which is not a field",
        ),
        (
            vec![host(), composed("url", "https://{host", &[])],
            "is not valid",
        ),
        (
            vec![host(), composed("url", "{host:raw}\u{1b}", &["host"])],
            "is not valid",
        ),
        (
            vec![
                host(),
                with_source(composed("url", "{host:raw}", &["host"])),
            ],
            "a source or a default",
        ),
        (
            vec![
                composed("a", "{b:raw}", &["b"]),
                composed("b", "{a:raw}", &["a"]),
            ],
            "need each other",
        ),
        (vec![composed("a", "{a:raw}", &["a"])], "need each other"),
    ] {
        let record = encode_schema(&with_fields(fields));
        let error = decode(&record).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
