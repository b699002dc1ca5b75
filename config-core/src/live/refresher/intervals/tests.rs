//! Tests of the refresh intervals, and of the sources whose values can change.

use super::{can_change, compute_refresh_intervals};
use crate::{
    backoff::draw_jitter,
    plan::Plan,
    schema::{
        AssignmentKey, FieldSpec, Schema,
        samples::{self, CONFIG, STRING, leak},
    },
    stage::Stage,
};
use stage_config_grammar::source::Source;
use std::time::Duration;

fn may_change(text: &str) -> bool {
    can_change(
        &Source::parse(text, &["vault"])
            .expect("the text is a source")
            .address,
    )
}

#[test]
fn values_of_names_and_labels_can_change() {
    for text in [
        "/a/b",
        "/a/b:live",
        "/a/b:v3",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b",
        "/aws/service/ami-amazon-linux-latest/al2023",
        "secret:prod/db#password",
        "secret:prod/db?version_stage=AWSPREVIOUS",
        "appconfig:shop/prod/flags#checkout.enabled",
        "vault:a?version=3",
    ] {
        assert!(may_change(text), "{text}");
    }
}

#[test]
fn pinned_versions_and_values_of_the_process_cannot_change() {
    for text in [
        "/a/b:3",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b:17",
        "secret:prod/db?version_id=11111111-1111-1111-1111-111111111111",
        "env:A",
        "value:a",
        "kms-env:A",
        "sealed:dev/a",
    ] {
        assert!(!may_change(text), "{text}");
    }
}

/// AppConfig does not permit a poll before 15 s. A refresh before this time would make no call, and
/// would delay the next poll by a whole interval.
#[test]
fn the_jitter_makes_no_poll_of_app_config_too_early() {
    let field = |name, texts: &'static [&'static str]| {
        let assignments = leak([samples::chain(AssignmentKey::All, texts)]);
        samples::value(
            name,
            FieldSpec {
                refresh_ms: Some(1_000),
                assignments,
                ..STRING
            },
        )
    };
    let schema = leak(Schema {
        fields: leak([
            field("flag", &["appconfig:a/b/c#flag.enabled"]),
            field("table", &["/shop/table"]),
        ]),
        ..CONFIG
    });
    let stage = Stage::choose(schema, CONFIG.stages[0]).expect("the stage is declared");
    let plan = Plan::new(schema, stage, |_| false).expect("the sources are valid");
    let intervals = compute_refresh_intervals(&plan, None);
    let find = |scheme: &str| {
        let mut intervals = intervals.iter();
        let found = intervals.find(|(request, _)| request.scheme() == scheme);
        *found.expect("each source has an interval").1
    };
    for _ in 0..200 {
        assert!(find("appconfig").mul_f64(draw_jitter()) >= Duration::from_secs(15));
    }
    assert_eq!(find("ssm"), Duration::from_secs(1));
}
