//! Tests of the sources whose values can change.

use super::can_change;
use stage_config_grammar::source::Source;

fn may_change(text: &str) -> bool {
    can_change(
        &Source::parse(text, &["vault"])
            .expect("the text is a source")
            .address,
    )
}

#[test]
fn names_and_labels_change() {
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
fn pinned_versions_and_values_of_the_process_do_not_change() {
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
