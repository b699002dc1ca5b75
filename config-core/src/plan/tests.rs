//! Properties of the plan of any schema, and examples.

mod calls;

use super::*;
use crate::{
    failure::{Failure, FailureKind},
    schema::{
        Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Secrecy, Sources,
        samples::{self, CONFIG, STRING, leak, leak_list, leak_text, nested},
    },
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Returns the field `field_INDEX`.
fn value(index: usize, assignments: Vec<Assignment>) -> Field {
    let name = leak_text(format!("field_{index}"));
    samples::value(
        name,
        FieldSpec {
            assignments: leak_list(assignments),
            ..STRING
        },
    )
}

fn schema(fields: Vec<Field>) -> &'static Schema {
    leak(Schema {
        fields: leak_list(fields),
        ..CONFIG
    })
}

fn chain(key: AssignmentKey, texts: &[String]) -> Assignment {
    samples::chain(key, leak_list(texts.iter().map(leak_text)))
}

/// Generates sources. There are few distinct names, so many sources share one. Some sources have a
/// key, a version, a region or another store.
fn source() -> impl Strategy<Value = String> {
    (0u8..40, 0u8..8).prop_map(|(name, form)| match form {
        0 => format!("ssm:/n/{name}:{}", name % 3 + 1),
        1 => format!("/n/{name}#key.{}", name % 5),
        2 => format!("ssm:/n/{name}?region=eu-west-{}", name % 3 + 1),
        3 => format!("vault:kv/{name}#k"),
        4 => format!("env:VARIABLE_{name}"),
        5 => format!("value:{name}"),
        _ => format!("/n/{{stage}}/{name}"),
    })
}

fn any_schema() -> impl Strategy<Value = &'static Schema> {
    let fields = prop::collection::vec(prop::collection::vec(source(), 1..4), 0..80);
    (fields, any::<bool>()).prop_map(|(fields, nest)| {
        let mut inner = Vec::new();
        let mut outer = Vec::new();
        for (index, texts) in fields.iter().enumerate() {
            let half = texts.len() / 2;
            let fallback = if half == 0 {
                texts.as_slice()
            } else {
                &texts[..half]
            };
            let assignments = vec![
                chain(AssignmentKey::All, texts),
                chain(AssignmentKey::Fallback, fallback),
            ];
            let target = if nest && index % 3 == 0 {
                &mut inner
            } else {
                &mut outer
            };
            target.push(value(index, assignments));
        }
        if nest {
            outer.push(nested("inner", schema(inner)));
        }
        schema(outer)
    })
}

proptest! {
    #[test]
    fn every_address_is_requested_exactly_once(schema in any_schema(), stage in prop::sample::select(&["dev", "prod", "pr-1"][..])) {
        let plan = Plan::new(schema, Stage::choose(schema, stage).unwrap(), |_| false).unwrap();
        let mut request_counts: BTreeMap<&Request, usize> = BTreeMap::new();
        let calls = plan.calls();
        for request in calls.iter().flat_map(|call| &call.requests) {
            *request_counts.entry(request).or_default() += 1;
        }
        prop_assert!(request_counts.values().all(|count| *count == 1));

        let declared: BTreeSet<Request> = plan
            .fields
            .iter()
            .flat_map(|field| &field.chain)
            .filter(|source| source.address.is_remote())
            .map(|source| Request(source.address.clone()))
            .collect();
        prop_assert_eq!(declared, request_counts.into_keys().cloned().collect::<BTreeSet<_>>());
    }

    #[test]
    fn calls_are_full_and_never_too_large(schema in any_schema()) {
        let plan = Plan::new(schema, Stage::choose(schema, "prod").unwrap(), |_| false).unwrap();
        let mut groups: BTreeMap<(&str, Option<&str>), Vec<usize>> = BTreeMap::new();
        let calls = plan.calls();
        for call in &calls {
            prop_assert!(!call.requests.is_empty());
            prop_assert!(call.requests.iter().all(|request| request.scheme() == call.scheme));
            prop_assert!(call.requests.iter().all(|request| request.parsed_address().region() == call.region.as_deref()));
            groups.entry((&call.scheme, call.region.as_deref())).or_default().push(call.requests.len());
        }
        for ((scheme, _), sizes) in groups {
            let total: usize = sizes.iter().sum();
            prop_assert_eq!(sizes.len(), if scheme == "ssm" { total.div_ceil(10) } else { 1 });
            prop_assert!(scheme != "ssm" || sizes.iter().all(|size| *size <= 10));
        }
    }

    #[test]
    fn a_field_with_a_value_in_a_layer_is_not_requested(schema in any_schema()) {
        let plan = Plan::new(schema, Stage::choose(schema, "prod").unwrap(), |_| true).unwrap();
        prop_assert!(plan.calls().is_empty());
        prop_assert_eq!(plan.fields().count(), schema.leaves().len());
    }
}

#[test]
fn structs_with_inherit_use_the_templates_of_the_root() {
    const MAIL: Schema = Schema {
        inherit: true,
        fields: &[samples::value("host", STRING)],
        ..CONFIG
    };
    const ROOT: Schema = Schema {
        templates: &[
            samples::chain(AssignmentKey::Stage("prod"), &["/{app}/{stage}/{field}"]),
            samples::chain(AssignmentKey::All, &["vault:all#{field}"]),
            samples::chain(AssignmentKey::Fallback, &["env:{field}"]),
        ],
        fields: &[nested("mail", &MAIL)],
        ..CONFIG
    };
    for (stage, source) in [
        ("prod", "/shop/prod/mail/host"),
        ("dev", "vault:all#mail.host"),
        ("x", "env:mail_host"),
    ] {
        let plan = Plan::new(&ROOT, Stage::choose(&ROOT, stage).unwrap(), |_| false).unwrap();
        assert_eq!(plan.sources("mail.host").unwrap(), [source]);
    }
}

/// Returns the chain of a field in `dev`, in `prod`, and in an undeclared stage.
fn sources_by_stage(root: &'static Schema, field: &str) -> [Vec<String>; 3] {
    ["dev", "prod", "x"].map(|stage| {
        let plan = Plan::new(root, Stage::choose(root, stage).unwrap(), |_| false).unwrap();
        plan.sources(field).unwrap()
    })
}

/// Returns a nested field with these templates.
const fn nested_with(
    name: &'static str,
    schema: &'static Schema,
    templates: &'static [Assignment],
) -> Field {
    samples::field(
        name,
        FieldContent::Nested {
            schema,
            optional: true,
            templates,
        },
    )
}

#[test]
fn the_nearest_template_applies() {
    const POOL: Schema = Schema {
        name: "Pool",
        inherit: true,
        fields: &[samples::value("size", STRING)],
        ..CONFIG
    };
    /// A struct with its own templates and another app.
    const TRACING: Schema = Schema {
        name: "Tracing",
        app: "tracing",
        templates: &[samples::chain(AssignmentKey::All, &["vault:{app}#{field}"])],
        fields: &[samples::value("url", STRING), nested("pool", &POOL)],
        ..CONFIG
    };
    const DB: Schema = Schema {
        name: "Db",
        app: "db",
        inherit: true,
        fields: &[
            samples::value("host", STRING),
            samples::value(
                "port",
                FieldSpec {
                    assignments: &[
                        samples::chain(AssignmentKey::Stage("prod"), &["/own/port"]),
                        Assignment {
                            key: AssignmentKey::All,
                            sources: Sources::Template,
                        },
                    ],
                    ..STRING
                },
            ),
            nested("pool", &POOL),
            nested_with(
                "replica",
                &POOL,
                &[samples::chain(
                    AssignmentKey::Stage("dev"),
                    &["/replica/{app}/{field}"],
                )],
            ),
            nested("tracing", &TRACING),
        ],
        ..CONFIG
    };
    const IN_DEV: Assignment = samples::chain(
        AssignmentKey::Stage("dev"),
        &["secret:{app}/{stage}/orders#{field}", "/orders/{field}"],
    );
    const ORDERS: &[Assignment] = &[
        IN_DEV,
        Assignment {
            key: AssignmentKey::All,
            sources: Sources::Template,
        },
    ];
    const ROOT: Schema = Schema {
        templates: &[samples::chain(
            AssignmentKey::All,
            &["/{app}/{stage}/{field}"],
        )],
        fields: &[
            nested_with("orders", &DB, ORDERS),
            nested("users", &DB),
            nested_with("tracing", &TRACING, ORDERS),
            nested_with("none", &DB, &[IN_DEV]),
        ],
        ..CONFIG
    };
    for (field, expected) in [
        // In the template of a nested field, `{field}` is the path inside the nested struct, and
        // `{app}` is the app of the struct that declares the nested field, here the root.
        (
            "orders.host",
            [
                "secret:shop/dev/orders#host, /orders/host",
                "/shop/prod/orders/host",
                "/shop/x/orders/host",
            ],
        ),
        // A field's own source has priority. A key without sources uses the nearest template.
        (
            "orders.port",
            [
                "secret:shop/dev/orders#port, /orders/port",
                "/own/port",
                "/shop/x/orders/port",
            ],
        ),
        // A struct with `inherit` inside the nested struct uses the template too. `{field}` then
        // contains the name of the field of this struct (`pool`).
        (
            "orders.pool.size",
            [
                "secret:shop/dev/orders#pool.size, /orders/pool/size",
                "/shop/prod/orders/pool/size",
                "/shop/x/orders/pool/size",
            ],
        ),
        ("orders.replica.size", ["/replica/db/size", "", ""]),
        // The struct's own templates are nearer than those of the field around it.
        (
            "orders.tracing.url",
            [
                "vault:tracing#url",
                "vault:tracing#url",
                "vault:tracing#url",
            ],
        ),
        (
            "users.host",
            [
                "/shop/dev/users/host",
                "/shop/prod/users/host",
                "/shop/x/users/host",
            ],
        ),
        // In `dev`, the template of the field replaces that of its struct. In all other stages, the
        // key `all` without sources applies, so the fields use the template of the struct.
        (
            "tracing.url",
            [
                "secret:shop/dev/orders#url, /orders/url",
                "vault:tracing#url",
                "vault:tracing#url",
            ],
        ),
        (
            "tracing.pool.size",
            [
                "secret:shop/dev/orders#pool.size, /orders/pool/size",
                "vault:tracing#pool.size",
                "vault:tracing#pool.size",
            ],
        ),
        // A stage that the field leaves out has no template.
        (
            "none.host",
            ["secret:shop/dev/orders#host, /orders/host", "", ""],
        ),
    ] {
        let sources = sources_by_stage(&ROOT, field).map(|chain| chain.join(", "));
        assert_eq!(sources, expected, "{field}");
    }

    // A field that reads a secret in only one of the stages is secret in the schema and in each
    // plan.
    let secret: Vec<String> = ROOT
        .leaves()
        .into_iter()
        .filter(|leaf| leaf.secrecy == Secrecy::Yes)
        .map(|leaf| leaf.path)
        .collect();
    let plan = Plan::new(&ROOT, Stage::choose(&ROOT, "prod").unwrap(), |_| false).unwrap();
    let planned: Vec<&str> = plan
        .fields
        .iter()
        .filter(|field| field.secrecy == Secrecy::Yes)
        .map(|field| field.path.as_str())
        .collect();
    assert_eq!(secret, planned);
    assert_eq!(
        secret,
        [
            "orders.host",
            "orders.port",
            "orders.pool.size",
            "tracing.url",
            "tracing.pool.size",
            "none.host",
            "none.port",
            "none.pool.size",
        ]
    );
}

#[test]
fn all_sources_that_are_invalid_in_a_stage_are_reported_together() {
    let long = "/x/".to_owned() + &"y/".repeat(12) + "{stage}/{stage}/{stage}";
    let assignments = || vec![chain(AssignmentKey::All, std::slice::from_ref(&long))];
    let root = schema(vec![value(0, assignments()), value(1, assignments())]);
    let error = Plan::new(root, Stage::choose(root, "dev").unwrap(), |_| false).unwrap_err();
    let fields: Vec<&str> = error.failures().iter().map(Failure::field).collect();
    assert_eq!(fields, ["field_0", "field_1"]);
    assert!(
        error
            .failures()
            .iter()
            .all(|failure| failure.kind() == FailureKind::InvalidRequest)
    );
}

/// Secrets Manager stores the value, whatever the form of the name is.
#[test]
fn a_reference_to_a_secret_is_a_secret() {
    for source in [
        "/aws/reference/secretsmanager/db",
        "ssm:/aws/reference/secretsmanager//prod/db#password",
        "/aws/reference/secretsmanager/rds!db-1:AWSPREVIOUS",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/aws/reference/secretsmanager/db:blue",
        "ssm:arn:aws:ssm:eu-west-1:111122223333:parameter/aws/reference/secretsmanager/db",
    ] {
        let assignment = chain(AssignmentKey::All, &[source.to_owned()]);
        let schema = schema(vec![value(0, vec![assignment])]);
        let plan = Plan::new(schema, Stage::choose(schema, "prod").unwrap(), |_| false).unwrap();
        assert_eq!(plan.fields[0].secrecy, Secrecy::Yes, "{source}");

        let FieldContent::Value(spec) = &schema.fields[0].content else {
            panic!("the field is not a value")
        };
        assert_eq!(spec.secrecy(false), Secrecy::Yes, "{source}");
    }
}
