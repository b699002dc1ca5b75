//! Tests of the policies for configurations of AppConfig. The ARN of a configuration contains IDs,
//! but a source may contain names.

use super::*;

#[derive(StageConfig)]
#[stage(
    dev = "appconfig:shop/{stage}/flags#{field}",
    prod = "appconfig:shop/{stage}/flags#{field}",
    fallback = "appconfig:shop/{stage}/flags#{field}"
)]
#[config(preview("pr-*"))]
#[allow(dead_code)]
struct Configurations {
    one: bool,
    two: bool,
    #[stage(all = "appconfig:a1b2c3d/prod/i9j0k1l")]
    mixed: String,
    #[stage(all = "appconfig:a1b2c3d/e5f6g7h/i9j0k1l?region=us-gov-west-1")]
    ids: String,
}

fn read_policy(stage: &str) -> Policy {
    build_read_policy(
        &plan_needs(&Configurations::SCHEMA, stage),
        &known_location(),
        &KnownKeys::default(),
        None,
    )
}

#[test]
fn a_name_becomes_a_wildcard_and_a_note() {
    let policy = read_policy("dev");
    let arn = |rest: &str| format!("arn:aws:appconfig:eu-west-1:111122223333:application/{rest}");
    let expected = json!({
        "Sid": "ReadConfigurations",
        "Effect": "Allow",
        "Action": ["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"],
        "Resource": [
            "arn:aws-us-gov:appconfig:us-gov-west-1:111122223333:application/a1b2c3d/environment/e5f6g7h/configuration/i9j0k1l",
            arn("*/environment/*/configuration/*"),
            arn("a1b2c3d/environment/*/configuration/i9j0k1l"),
        ],
    });
    assert_eq!(to_json(&policy)["Statement"], json!([expected]));
    let notes = policy.notes.join("\n");
    for note in [
        "appconfig:shop/dev/flags: the ARN of a configuration has IDs, so the policy has `*` \
         instead of `shop`, `dev`, `flags`: write the IDs in the source",
        "appconfig:a1b2c3d/prod/i9j0k1l: the ARN of a configuration has IDs, so the policy has `*` \
         instead of `prod`",
        "assumed, not looked up: `a1b2c3d`, `i9j0k1l` in appconfig:a1b2c3d/prod/i9j0k1l are IDs",
        "assumed, not looked up: `a1b2c3d`, `e5f6g7h`, `i9j0k1l` in appconfig:a1b2c3d/e5f6g7h",
    ] {
        assert!(notes.contains(note), "{note} is not in: {notes}");
    }
}

#[test]
fn a_pattern_of_stages_is_a_wildcard() {
    let policy = read_policy("pr-*");
    let resources = &find_statement(&policy, "ReadConfigurations")["Resource"];
    assert_eq!(
        resources[1],
        "arn:aws:appconfig:eu-west-1:111122223333:application/*/environment/*/configuration/*"
    );
    let notes = policy.notes.join("\n");
    assert!(notes.contains("appconfig:shop/pr-*/flags: "), "{notes}");
}

#[test]
fn no_verb_writes_a_configuration() {
    let needs = plan_needs(&Configurations::SCHEMA, "dev");
    let keys = KnownKeys::default();
    for writer in [Writer::Set, Writer::Rollback] {
        let policy = build_write_policy(writer, &needs, &known_location(), &keys);
        assert_eq!(to_json(&policy)["Statement"], json!([]));
        let notes = policy.notes.join("\n");
        let note = "not covered: appconfig:shop/dev/flags: it changes by a deployment of AppConfig";
        assert!(notes.contains(note), "{notes}");
    }
    assert!(needs.list_read_lookups().is_empty());
}
