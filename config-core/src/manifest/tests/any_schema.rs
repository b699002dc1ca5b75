//! Generates schemas that the reader accepts.

use crate::schema::{
    Assignment, AssignmentKey, DefaultSpec, Field, FieldContent, FieldSpec, Kind, Schema,
    SealedFile, Secrecy, Shape, SnapshotFile, SnapshotSpec, Sources, TextFormat,
    samples::{self, CONFIG, STRING, chain, leak, leak_list, leak_text as text},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Returns a root with `depth` structs that are nested in each other.
pub(super) fn nested(depth: usize) -> &'static Schema {
    let field = match depth {
        0 => samples::value("inner", STRING),
        _ => samples::nested("inner", nested(depth - 1)),
    };
    leak(Schema {
        schemes: &[],
        stages: &["dev"],
        fallback: false,
        templates: leak_list([chain(AssignmentKey::Stage("dev"), &["env:{field}"])]),
        fields: leak_list([field]),
        ..CONFIG
    })
}

const STAGES: [&str; 3] = ["dev", "prod", "pr-1"];

/// Generates texts with characters that JSON escapes and with multi-byte characters, but without
/// characters that the reader replaces.
fn docs_text() -> impl Strategy<Value = &'static str> {
    "[ -~\n\tä€😀]{0,40}".prop_map(text)
}

/// Generates the texts of [`docs_text`], on one line.
fn docs_line() -> impl Strategy<Value = &'static str> {
    "[ -~\tä€😀]{0,40}".prop_map(text)
}

fn source(template: bool) -> impl Strategy<Value = &'static str> {
    let texts: &[&str] = if template {
        &[
            "/shop/{stage}/{field}",
            "env:{field}?plaintext=allow",
            "secret:{app}/{stage}#{field}",
            "vault:a/{field}?x=y",
        ]
    } else {
        &[
            "/shop/table:3",
            "ssm:x",
            "secret:prod/db?version_id=a#b.c",
            "kms-env:A?context=lambda",
            "sealed:dev/x",
        ]
    };
    prop_oneof![4 => select(texts), 1 => ".{0,20}".prop_map(|value| text(format!("value:{value}")))]
}

fn assignments(template: bool) -> impl Strategy<Value = &'static [Assignment]> {
    let keys = STAGES
        .map(AssignmentKey::Stage)
        .into_iter()
        .chain([AssignmentKey::Fallback, AssignmentKey::All])
        .collect::<Vec<_>>();
    prop::sample::subsequence(keys, 0..=5).prop_flat_map(move |keys| {
        let sources = option::of(vec(source(template), 1..4)).prop_map(|texts| {
            texts.map_or(Sources::Template, |texts| Sources::Chain(leak_list(texts)))
        });
        vec(sources, keys.len()).prop_map(move |sources| {
            let pairs = keys.iter().zip(sources);
            leak_list(pairs.map(|(key, sources)| Assignment { key: *key, sources }))
        })
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    const FORMATS: [TextFormat; 9] = [
        TextFormat::IpAddr,
        TextFormat::Ipv4Addr,
        TextFormat::Ipv6Addr,
        TextFormat::SocketAddr,
        TextFormat::SocketAddrV4,
        TextFormat::SocketAddrV6,
        TextFormat::Url,
        TextFormat::Uuid,
        TextFormat::FromStr,
    ];
    const WORDS: [Kind; 8] = [
        Kind::Float { bits: 32 },
        Kind::Float { bits: 64 },
        Kind::Bool,
        Kind::Char,
        Kind::String,
        Kind::Duration,
        Kind::Object,
        Kind::Json,
    ];
    let leaf = prop_oneof![
        (any::<i128>(), any::<u128>(), any::<bool>()).prop_map(|(min, max, nonzero)| {
            Kind::Integer {
                min: min.min(0),
                max,
                nonzero,
            }
        }),
        Just(Kind::Integer {
            min: i128::MIN,
            max: u128::MAX,
            nonzero: false
        }),
        select(&WORDS[..]),
        Just(Kind::Other),
        select(&FORMATS[..]).prop_map(Kind::Format),
        option::of(any::<u32>().prop_map(|length| length as usize))
            .prop_map(|length| Kind::Bytes { length }),
    ];
    leaf.prop_recursive(4, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|kind| Kind::ListOf(leak(kind))),
            inner.clone().prop_map(|kind| Kind::SetOf(leak(kind))),
            inner.clone().prop_map(|kind| Kind::Optional(leak(kind))),
            (inner.clone(), any::<u32>()).prop_map(|(kind, length)| Kind::Array {
                item: leak(kind),
                length: length as usize
            }),
            vec(inner.clone(), 0..3).prop_map(|kinds| Kind::Tuple(leak_list(kinds))),
            (inner.clone(), inner).prop_map(|(key, value)| Kind::MapOf {
                key: leak(key),
                value: leak(value)
            }),
        ]
    })
}

fn default() -> impl Strategy<Value = DefaultSpec> {
    prop_oneof![
        docs_line().prop_map(DefaultSpec::Code),
        docs_line().prop_map(DefaultSpec::Text),
    ]
}

fn value() -> impl Strategy<Value = FieldSpec> {
    let flags = any::<[bool; 4]>();
    let secrecy = select(&[Secrecy::No, Secrecy::Unknown, Secrecy::Yes][..]);
    (
        kind(),
        docs_line(),
        secrecy,
        option::of(default()),
        option::of(1_u64..),
        assignments(false),
        flags,
    )
        .prop_map(
            |(
                kind,
                type_name,
                secrecy,
                default,
                refresh_ms,
                assignments,
                [optional, no_fallback, validated, with],
            )| {
                let shape = Shape { kind, optional };
                FieldSpec {
                    shape,
                    type_name,
                    secrecy,
                    default,
                    no_fallback,
                    validated,
                    with,
                    refresh_ms,
                    compose: None,
                    assignments,
                }
            },
        )
}

fn fields(depth: u32) -> BoxedStrategy<&'static [Field]> {
    let content = match depth {
        0 => value().prop_map(FieldContent::Value).boxed(),
        _ => prop_oneof![
            3 => value().prop_map(FieldContent::Value),
            1 => (any_struct(depth - 1), any::<bool>(), assignments(true)).prop_map(|(schema, optional, templates)| FieldContent::Nested { schema, optional, templates }),
        ]
        .boxed(),
    };
    let field = (
        "[a-zü]{1,8}",
        "[a-z]{1,8}(/[a-z]{1,3})?",
        docs_text(),
        content,
    );
    let to_field = |(index, (name, level, docs, content))| Field {
        name: text(format!("{name}{index}")),
        level: text(level),
        docs,
        content,
    };
    vec(field, 0..5)
        .prop_map(move |fields| leak_list(fields.into_iter().enumerate().map(to_field)))
        .boxed()
}

fn snapshot() -> impl Strategy<Value = Option<SnapshotSpec>> {
    let files = prop::sample::subsequence(&STAGES[..], 0..=3).prop_flat_map(|stages| {
        vec((option::of(docs_text()), docs_text()), stages.len()).prop_map(move |texts| {
            let pairs = stages.iter().zip(texts);
            leak_list(pairs.map(|(stage, (key, text))| SnapshotFile { stage, key, text }))
        })
    });
    let path = select(&["sealed/{stage}.snapshot", "{stage}"][..]);
    option::of((path, option::of(1_u64..), any::<bool>(), files).prop_map(
        |(path, max_age_ms, refreshed, files)| SnapshotSpec {
            path,
            max_age_ms,
            refreshed,
            files,
        },
    ))
}

fn any_struct(depth: u32) -> impl Strategy<Value = &'static Schema> {
    let options = (
        option::of("[A-Z_]{1,8}"),
        option::of(select(&STAGES[..])),
        option::of(vec(select(&["pr-*", "feature*"][..]), 0..3)),
        prop::sample::subsequence(
            &[("dev", "111122223333"), ("prod", "444455556666")][..],
            0..=2,
        ),
        any::<[bool; 4]>(),
    );
    let sealed = (vec(docs_text(), 0..3), snapshot());
    (
        ("[A-Z][a-z]{0,8}", docs_text(), "[a-z]{1,8}"),
        options,
        assignments(true),
        fields(depth),
        sealed,
    )
        .prop_map(
            |(
                (name, docs, package),
                (stage_var, default_stage, preview, accounts, flags),
                templates,
                fields,
                (sealed, snapshot),
            )| {
                let [batch_secrets, inherit, fallback, validated] = flags;
                let to_file = |(index, content)| SealedFile {
                    stage: "dev",
                    name: text(format!("file_{index}")),
                    text: content,
                };
                leak(Schema {
                    name: text(name),
                    docs,
                    package: text(package.clone()),
                    module: text(format!("{package}::settings")),
                    app: text(package),
                    stage_var: stage_var.map(text),
                    default_stage,
                    preview: preview.map(leak_list),
                    accounts: leak_list(accounts),
                    schemes: &["vault"],
                    batch_secrets,
                    inherit,
                    validated,
                    stages: &STAGES,
                    fallback,
                    templates,
                    fields,
                    sealed: leak_list(sealed.into_iter().enumerate().map(to_file)),
                    snapshot,
                })
            },
        )
}

/// Generates a root with up to three levels of nested structs.
pub(super) fn any_schema() -> impl Strategy<Value = &'static Schema> {
    any_struct(3).prop_map(|schema| {
        leak(Schema {
            inherit: false,
            ..*schema
        })
    })
}
