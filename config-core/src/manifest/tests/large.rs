//! Tests of large schemas. One of the schemas is a constant, whose evaluation must be short enough
//! not to trigger the lint `long_running_const_eval`.

use super::*;
use crate::schema::{
    Assignment, AssignmentKey, DefaultSpec, Field, FieldContent, FieldSpec, Kind, SealedFile,
    Secrecy, Shape, Sources,
    samples::{CONFIG, chain, leak_list, leak_text},
};
use std::sync::LazyLock;

/// 100 KiB in the form of a sealed file: base64 in lines.
const SEALED: &str = match str::from_utf8(const { &build_lines() }) {
    Ok(text) => text,
    Err(_) => panic!("the text is not ASCII"),
};

const fn build_lines() -> [u8; 100 * 1024] {
    let mut bytes = [b'A'; 100 * 1024];
    let mut at = 64;
    while at < bytes.len() {
        bytes[at] = b'\n';
        at += 65;
    }
    bytes
}

const DOCS: &str = "The purpose of the value, the component that reads it, and the behavior of the \
                    program if it is missing. The text is long and contains a list:\n\n- the first \
                    item, with \"quotes\"\n- the second item, with a path: `C:\\shop`\n\nThe last \
                    paragraph repeats that the value must not be empty, and that the program reads \
                    it once at startup, before it accepts any request.";

const SOURCES: &[&str] = &[
    "/payments/production/eu-central-1/some_service/table_name",
    "env:TABLE_NAME",
];
const ITEM: Kind = Kind::Integer {
    min: i128::MIN,
    max: u128::MAX,
    nonzero: true,
};
const FIELD: Field = Field {
    name: "a_name_of_some_length",
    level: "a-name-of-some-length",
    docs: DOCS,
    content: FieldContent::Value(FieldSpec {
        shape: Shape {
            kind: Kind::ListOf(&ITEM),
            optional: true,
        },
        type_name: "Option<Vec<u128>>",
        secrecy: Secrecy::No,
        default: Some(DefaultSpec::Text("[1, 2, 3]")),
        no_fallback: true,
        validated: true,
        with: true,
        refresh_ms: Some(u64::MAX),
        compose: None,
        assignments: &[
            chain(AssignmentKey::Stage("dev"), SOURCES),
            chain(AssignmentKey::Stage("staging"), SOURCES),
            chain(AssignmentKey::Stage("prod"), SOURCES),
            chain(AssignmentKey::Fallback, SOURCES),
        ],
    }),
};

const LARGE: Schema = Schema {
    docs: DOCS,
    stages: &["dev", "staging", "prod"],
    fields: &[FIELD; 300],
    sealed: &[SealedFile {
        stage: "dev",
        name: "certificates",
        text: SEALED,
    }],
    ..CONFIG
};

static RECORD: [u8; encoded_len(&LARGE)] = encode(&LARGE);

#[test]
fn the_compiler_writes_a_record_with_300_fields_and_a_sealed_file_of_100_kib() {
    assert_eq!(RECORD[..], encode_schema(&LARGE));
    let error = decode(&RECORD).unwrap_err();
    assert!(
        error
            .detail()
            .contains("the field \"a_name_of_some_length\" occurs twice"),
        "{error}"
    );
}

/// The same field under different names.
static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    (0..=limits::FIELDS)
        .map(|index| Field {
            name: leak_text(format!("field_{index}")),
            ..FIELD
        })
        .collect()
});

#[test]
fn schemas_at_the_limits_are_read() {
    let schema = Schema {
        fields: &FIELDS[..limits::FIELDS],
        ..LARGE
    };
    assert_eq!(decode(&encode_schema(&schema)), Ok(vec![&schema]));
    // This must not overflow the small stack of a test's thread.
    let deep = nested(limits::DEPTH - 1);
    assert_eq!(decode(&encode_schema(deep)), Ok(vec![deep]));
}

/// Each schema in `too_large` exceeds one limit. The braces of a `value:` source do not count as
/// placeholders.
#[test]
fn schemas_beyond_a_limit_are_neither_written_nor_read() {
    let long = leak_text("x".repeat(limits::SOURCE));
    let source = |text: String| leak_list([leak_text(text)]);
    let templates = |sources| leak_list([chain(AssignmentKey::All, sources)]);
    let base = *nested(0);
    let too_large = [
        (
            "structs are nested more than 16 levels deep",
            *nested(limits::DEPTH),
        ),
        (
            "it has more than 1024 fields",
            Schema {
                fields: &FIELDS,
                ..base
            },
        ),
        (
            "the name of a struct",
            Schema {
                name: &long[..=limits::NAME],
                ..base
            },
        ),
        (
            "`app` has more",
            Schema {
                app: &long[..=limits::NAME],
                ..base
            },
        ),
        (
            "more than 64 stages",
            Schema {
                stages: &["dev"; limits::STAGES + 1],
                ..base
            },
        ),
        (
            "more than 16 schemes",
            Schema {
                schemes: &["vault"; 17],
                ..base
            },
        ),
        (
            "more than 64 previews",
            Schema {
                preview: Some(&["*"; limits::STAGES + 1]),
                ..base
            },
        ),
        (
            "more than 66 keys",
            Schema {
                templates: &[Assignment {
                    key: AssignmentKey::All,
                    sources: Sources::Template,
                }; 67],
                ..base
            },
        ),
        (
            "a chain has more than 16 sources",
            Schema {
                templates: templates(&["env:{field}"; limits::CHAIN + 1]),
                ..base
            },
        ),
        (
            "more than 16384 bytes",
            Schema {
                templates: templates(source(format!("value:{long}"))),
                ..base
            },
        ),
        (
            "more than 8 placeholders",
            Schema {
                templates: templates(source("/{field}".repeat(9))),
                ..base
            },
        ),
    ];
    for (words, schema) in too_large {
        let panic = std::panic::catch_unwind(|| encoded_len(&schema)).unwrap_err();
        let message = panic.downcast_ref::<String>().expect("a panic message");
        assert!(
            message.contains(words) && message.contains("is too large: "),
            "{message}"
        );
        let error = decode(&encode_record(&to_unchecked_json(&schema))).unwrap_err();
        assert!(error.detail().contains(words), "{error}");
    }
    assert!(
        limits::check(&Schema {
            templates: templates(source(format!("value:{}", "{".repeat(99)))),
            ..base
        })
        .is_ok()
    );
}

/// Returns the JSON that the writer would write without its checks.
fn to_unchecked_json(schema: &Schema) -> String {
    let mut counted = JsonWriter::new_counting();
    json::write(&mut counted, schema);
    let mut bytes = vec![0; counted.length()];
    json::write(&mut JsonWriter::new(&mut bytes), schema);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn lengths_and_depths_beyond_the_limits_are_refused() {
    let header = |length: u32| [&MAGIC[..], &VERSION.to_le_bytes(), &length.to_le_bytes()].concat();
    let error = decode(&header(u32::MAX)).unwrap_err();
    assert!(error.detail().contains("the maximum is 8388608"), "{error}");
    let error = decode(&vec![0; MAX_SECTION + 1]).unwrap_err();
    assert!(
        error
            .detail()
            .contains("the section has more than 16777216 bytes"),
        "{error}"
    );
    // This text is refused at its second bracket, because the first member of a schema is a text.
    let deep = "[".repeat(1_000_000);
    let error = decode(&encode_record(&deep)).unwrap_err();
    assert!(error.detail().contains("is not"), "{error}");
    // serde_json refuses this text at its own limit of depth, before the stack overflows.
    let deep = "{\"fields\":[{\"content\":{\"nested\":{\"schema\":".repeat(10_000);
    assert_eq!(
        decode(&encode_record(&deep)).unwrap_err().kind(),
        ManifestErrorKind::Malformed
    );
}
