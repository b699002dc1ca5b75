use super::*;
use crate::outcome::Payload;
use crate::schema::{
    DefaultSpec, FieldSpec, Kind, Shape,
    samples::{STRING, leak, leak_list, leak_text},
};

/// Returns a field with a text, or without a value.
fn field(spec: FieldSpec, text: Option<&str>) -> ResolvedField {
    let outcome = match text {
        Some(text) => FieldOutcome::Found {
            found: Found::from_text(text),
            origin: Origin::Source,
            source: "/source".to_owned(),
            place: ValuePlace::Source,
        },
        None => FieldOutcome::Missing(Failure {
            stage: "dev".to_owned(),
            source: None,
            diagnostic: Diagnostic::new(FailureKind::Missing, "", "", ""),
        }),
    };
    ResolvedField {
        spec: leak(spec),
        outcome,
        secrecy: spec.secrecy,
        variable: None,
    }
}

fn composed(template: &str) -> ResolvedField {
    let parts = ComposeTemplate::parse(template).unwrap().list_fields();
    let compose = Some(ComposeSpec {
        template: leak_text(template),
        parts: leak_list(parts.into_iter().map(leak_text)),
    });
    field(FieldSpec { compose, ..STRING }, None)
}

fn compose(fields: impl IntoIterator<Item = (&'static str, ResolvedField)>) -> ResolvedFields {
    let fields = fields.into_iter();
    let mut fields = fields
        .map(|(path, field)| (path.to_owned(), field))
        .collect();
    compose_fields(&mut fields, "dev");
    fields
}

/// Returns the value of a field, or its failure.
fn show(fields: &ResolvedFields, path: &str) -> String {
    match &fields[path].outcome {
        FieldOutcome::Found { found, .. } => found.content.text_or_empty().to_owned(),
        FieldOutcome::Missing(failure) => format!("missing: {}", failure.detail()),
        FieldOutcome::Failed(failure) => format!("failed: {}", failure.detail()),
    }
}

#[test]
fn a_part_may_be_composed_and_its_name_is_relative_to_the_struct() {
    let fields = compose([
        ("a", composed("{b:raw}/{mail.url:raw}")),
        ("b", composed("{c:raw}!")),
        ("c", field(STRING, Some("x"))),
        ("mail.url", composed("smtp://{host}")),
        ("mail.host", field(STRING, Some("h"))),
        ("host", field(STRING, Some("wrong"))),
    ]);
    assert_eq!(show(&fields, "a"), "x!/smtp://h");
}

#[test]
fn a_cycle_of_a_crafted_artifact_composes_nothing() {
    let fields = compose([("a", composed("{b:raw}")), ("b", composed("{a:raw}"))]);
    assert_eq!(show(&fields, "a"), "missing: ");
}

/// Each template contains the previous field twice, so the length of the value grows exponentially.
#[test]
fn a_long_value_of_a_crafted_artifact_is_refused() {
    let names: Vec<&str> = (0..40)
        .map(|index| leak_text(format!("f{index}")))
        .collect();
    let repeat = |pair: &[&'static str]| {
        (
            pair[1],
            composed(&format!("{{{0}:raw}}{{{0}:raw}}", pair[0])),
        )
    };
    let first = (names[0], field(STRING, Some("x")));
    let fields = compose(std::iter::once(first).chain(names.windows(2).map(repeat)));
    assert!(
        show(&fields, "f12").len() == 4096,
        "{}",
        show(&fields, "f12")
    );
    let long = names
        .iter()
        .find(|name| show(&fields, name).contains("longer than 1 MiB"));
    assert!(long.is_some(), "{}", show(&fields, "f39"));
}

#[test]
fn a_value_from_a_source_is_not_replaced() {
    let set = ResolvedField {
        outcome: field(STRING, Some("set")).outcome,
        ..composed("{b:raw}")
    };
    let fields = compose([("a", set), ("b", field(STRING, Some("x")))]);
    assert_eq!(show(&fields, "a"), "set");
}

#[test]
fn the_default_of_a_part_is_written_without_underscores_or_white_space() {
    let number = |default| FieldSpec {
        shape: Shape {
            kind: Kind::Integer {
                min: 0,
                max: 65_535,
                nonzero: false,
            },
            optional: false,
        },
        default: Some(default),
        ..STRING
    };
    let fields = compose([
        ("a", composed("tcp://h:{code}/{text}")),
        ("code", field(number(DefaultSpec::Code("8_080")), None)),
        ("text", field(number(DefaultSpec::Text(" 7 ")), None)),
    ]);
    assert_eq!(show(&fields, "a"), "tcp://h:8080/7");
}

#[test]
fn a_part_that_was_not_read_leaves_the_field_unread() {
    let unread = ResolvedField {
        outcome: FieldOutcome::Found {
            found: Found::new_exists_only(),
            origin: Origin::Source,
            source: String::new(),
            place: ValuePlace::Source,
        },
        ..field(STRING, None)
    };
    let fields = compose(
        [("a", composed("{b:raw}{c:raw}")), ("b", unread)]
            .into_iter()
            .chain([("c", field(STRING, Some("x")))]),
    );
    let FieldOutcome::Found { found, .. } = &fields["a"].outcome else {
        panic!("{}", show(&fields, "a"))
    };
    assert!(matches!(*found.content, Payload::ExistsOnly));
}

#[test]
fn the_field_is_as_secret_as_its_parts_and_fails_if_one_is_absent() {
    let secret = FieldSpec {
        secrecy: Secrecy::Yes,
        ..STRING
    };
    let fields = compose([
        ("a", composed("{b:raw}")),
        ("b", composed("{c:raw}")),
        ("c", field(secret, Some("x"))),
        ("d", composed("{e:raw}")),
        ("e", field(STRING, Some("x"))),
        ("f", composed("{absent:raw}")),
    ]);
    assert!(fields["a"].is_secret() && !fields["d"].is_secret());
    assert_eq!(show(&fields, "f"), "failed: its part `absent` has no value");
}
