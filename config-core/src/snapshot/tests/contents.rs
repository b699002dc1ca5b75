//! Tests of the content of a snapshot: how it is written and read, that an invalid content is
//! refused, and which requests a snapshot answers.

use super::*;
use crate::{schema::SnapshotFile, snapshot::candidate::snapshot_requests};

#[test]
fn a_content_is_read_as_it_was_written() {
    let answers = [
        ("/text", found("x")),
        (
            "/plain",
            Outcome::Found(Found {
                encrypted: Some(false),
                ..Found::from_text("x")
            }),
        ),
        (
            "/secure",
            Outcome::Found(Found {
                encrypted: Some(true),
                ..Found::from_text("x")
            }),
        ),
        (
            "/list",
            Outcome::Found(
                Found::from_string_list("a,b")
                    .with_arn("arn:aws:ssm:eu-west-1:111122223333:parameter/list"),
            ),
        ),
        (
            "secret:bytes",
            Outcome::Found(Found::from_bytes([0, 255, 7])),
        ),
        ("/empty", Outcome::Found(Found::from_text(""))),
        ("/none", Outcome::Missing),
    ];
    let pairs = answers
        .iter()
        .map(|(address, outcome)| ((*address).to_owned(), outcome));
    let plaintext = content::write(pairs).unwrap();
    assert_eq!(plaintext.len(), plaintext.capacity(), "the buffer grew");
    let read = content::read(&plaintext).unwrap();
    assert_eq!(read.len(), answers.len());
    for (address, outcome) in &answers {
        match (outcome, &read[*address]) {
            (Outcome::Missing, Outcome::Missing) => {}
            (Outcome::Found(written), Outcome::Found(read)) => {
                assert!(
                    written.content == read.content && read.from_snapshot,
                    "{address}"
                );
                assert_eq!((&written.version, &written.arn), (&read.version, &read.arn));
                // A value counts as encrypted unless its store keeps it in plain text.
                assert_eq!(
                    Some(written.encrypted.unwrap_or(true)),
                    read.encrypted,
                    "{address}"
                );
            }
            other => panic!("{address}: {other:?}"),
        }
    }
    let unwritable = content::write([("/a".to_owned(), &throttled())]);
    assert!(unwritable.is_none(), "a failure was written to a snapshot");
}

#[test]
fn an_invalid_content_is_refused() {
    use content::ContentError::{Malformed, Version};
    for (text, error) in [
        (r#"{"version":2}"#, Version(2)),
        ("", Malformed),
        ("[]", Malformed),
        (r#"{"version":1,"found":{},"missing":5}"#, Malformed),
        (r#"{"version":1,"found":{"/a":{}},"missing":[]}"#, Malformed),
        (
            r#"{"version":1,"found":{"/a":{"text":"QQ==","list":"QQ=="}},"missing":[]}"#,
            Malformed,
        ),
        (
            r#"{"version":1,"found":{"/a":{"text":"?"}},"missing":[]}"#,
            Malformed,
        ),
        (
            r#"{"version":1,"found":{"/a":{"text":"/w=="}},"missing":[]}"#,
            Malformed,
        ),
        (
            r#"{"version":1,"found":{"/a":{"text":"QQ=="}},"missing":["/a"]}"#,
            Malformed,
        ),
    ] {
        assert_eq!(
            content::read(text.as_bytes()).map(|_| ()),
            Err(error),
            "{text}"
        );
    }
}

/// A field with `refresh` is not in the snapshot, for example a feature flag that must be current,
/// or a key that may be revoked.
#[test]
fn a_snapshot_holds_values_of_aws_except_for_fields_with_refresh() {
    let file = SnapshotFile {
        stage: "prod",
        key: None,
        text: "",
    };
    let fields = vec![
        value("/a", None),
        value("secret:b", None),
        value("appconfig:shop/prod/settings#table", None),
        value("appconfig:shop/prod/flags#checkout.enabled", Some(60_000)),
        value("env:LEVEL?plaintext=allow", None),
    ];
    let plan = new_load_plan(schema(fields, file), "prod").plan;
    let snapshot = plan.schema.snapshot.as_ref().unwrap();
    let mut requests: Vec<String> = snapshot_requests(&plan, snapshot)
        .iter()
        .map(ToString::to_string)
        .collect();
    requests.sort();
    assert_eq!(requests, ["/a", "appconfig:shop/prod/settings", "secret:b"]);
}
