//! Tests of the policies for patterns of preview stages, such as `pr-*`.

use super::*;

#[derive(StageConfig)]
#[stage(dev = "/payments/dev/{field}", prod = "/payments/prod/{field}")]
#[stage(fallback = ["/payments/{stage}/{field}", "/payments/dev/{field}"])]
#[config(preview("pr-*", "feature*", "zZY9"))]
#[allow(dead_code)]
struct Previews {
    table: String,
    #[stage(dev = "secret:dev/db", prod = "secret:prod/db", fallback = ["secret:{stage}/db", "secret:dev/db"])]
    password: SecretString,
    #[stage(all = "kms-env:KEY")]
    key: SecretString,
}

#[test]
fn the_arns_contain_the_pattern_and_cover_both_candidates() {
    let keys = KnownKeys {
        named: Some("k".to_owned()),
        ..KnownKeys::default()
    };
    let needs = plan_needs(&Previews::SCHEMA, "pr-*");
    let policy = build_read_policy(&needs, &known_location(), &keys, None);
    let parameters = json!([
        "arn:aws:ssm:eu-west-1:111122223333:parameter/payments/dev/table",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/payments/pr-*/table",
    ]);
    assert_eq!(
        find_statement(&policy, "ReadParameters")["Resource"],
        parameters
    );
    let secrets = json!([
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:dev/db-??????",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:pr-*/db-??????",
    ]);
    assert_eq!(find_statement(&policy, "ReadSecrets")["Resource"], secrets);
    let decrypt = &find_statement(&policy, "DecryptSecrets")["Condition"];
    assert_eq!(
        decrypt,
        &json!({ "StringLike": { "kms:EncryptionContext:SecretARN": secrets } })
    );
    let addresses: Vec<String> = needs
        .list_read_lookups()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        addresses,
        ["/payments/dev/table", "secret:dev/db"],
        "the other addresses contain a pattern"
    );
    assert!(
        needs.list_write_lookups().is_empty(),
        "each first candidate contains a pattern"
    );
    // Only the first candidate of a chain is written.
    let written = find_statement(
        &build_write_policy(Writer::Set, &needs, &known_location(), &keys),
        "WriteParameters",
    )["Resource"]
        .clone();
    assert_eq!(
        written,
        json!(["arn:aws:ssm:eu-west-1:111122223333:parameter/payments/pr-*/table"])
    );
}

#[test]
fn an_arn_contains_each_star_of_the_pattern() {
    let policy = build_read_policy(
        &plan_needs(&Previews::SCHEMA, "pr-*-x*"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    assert!(
        find_statement(&policy, "ReadParameters")["Resource"]
            .to_string()
            .contains("parameter/payments/pr-*-x*/table")
    );
}

#[test]
fn a_pattern_that_matches_more_than_the_previews_is_refused() {
    let refusal = |pattern: &str| {
        StagePattern::choose(&Previews::SCHEMA, pattern)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    assert!(refusal("zZ*").contains("not shown"), "it may be a value");
    for pattern in ["*", "p*", "*-pr-1", "z*"] {
        let error = refusal(pattern);
        assert!(
            error.contains(&format!(
                "stage `{pattern}`: it is not declared, and no `preview` pattern"
            )),
            "{error}"
        );
    }
    assert!(refusal("prod-*").contains("counts as production"));
    assert!(refusal("pr-[0-9]*").contains("not a pattern of stages"));
    for pattern in ["pr-*", "pr-1*", "pr-*-*", "feature*", "feature-*x"] {
        StagePattern::choose(&Previews::SCHEMA, pattern).unwrap();
    }
}

#[derive(StageConfig)]
#[stage(dev = "/x/dev/{field}", fallback = "/x/{stage}ZY/{field}")]
#[config(preview("*"))]
#[allow(dead_code)]
struct Anything {
    #[stage(dev = "/ZY/ZZY", fallback = "/ZY/ZZY{stage}")]
    a: String,
    b: String,
}

/// The token that replaces the star in the plan must not be confused with a text of the schema.
#[test]
fn only_the_stage_becomes_a_star() {
    let policy = build_read_policy(
        &plan_needs(&Anything::SCHEMA, "*"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    let expected = json!([
        "arn:aws:ssm:eu-west-1:111122223333:parameter/ZY/ZZY*",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/x/*ZY/b",
    ]);
    assert_eq!(
        find_statement(&policy, "ReadParameters")["Resource"],
        expected
    );
}

#[test]
fn the_declared_stages_that_a_pattern_matches_are_found() {
    let declared = |pattern: &str| {
        let pattern = StagePattern::choose(&Anything::SCHEMA, pattern).unwrap();
        pattern.find_declared(&Anything::SCHEMA)
    };
    assert_eq!(declared("*"), ["dev"]);
    assert_eq!(declared("d*"), ["dev"]);
    assert_eq!(declared("x*"), [] as [&str; 0]);
    assert_eq!(declared("dev"), [] as [&str; 0], "`dev` is not a pattern");
}
