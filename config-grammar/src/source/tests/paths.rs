//! Sources that read all parameters below a path.

use super::*;

#[test]
fn paths_of_parameters_are_parsed() {
    let new_path = |path: &str, region: Option<&str>| Address::ParameterPath {
        path: path.into(),
        region: region.map(Into::into),
        role: None,
    };
    assert_eq!(parse("/a/b/*").address, new_path("/a/b", None));
    assert_eq!(parse("ssm:/a/*").address, new_path("/a", None));
    assert_eq!(parse("ssm:/a/*").to_string(), "/a/*");
    let other_region = "/a/*?region=us-east-1";
    assert_eq!(
        parse(other_region).address,
        new_path("/a", Some("us-east-1"))
    );
    assert_eq!(parse(other_region).address.region(), Some("us-east-1"));
    assert_eq!(parse(other_region).to_string(), other_region);
    parse("/aws/service/global-infrastructure/regions/*");
    parse(&("/a".repeat(14) + "/*"));
    let at = Placeholders {
        stage: Some("dev"),
        field: None,
        app: None,
    };
    assert_eq!(
        Source::resolve("/shop/{stage}/limits/*", &at, &[])
            .unwrap()
            .to_string(),
        "/shop/dev/limits/*"
    );
}

#[test]
fn invalid_paths_of_parameters_are_refused() {
    for (text, expected) in [
        ("/*", "would read every parameter of the account"),
        ("ssm:/*", "would read every parameter of the account"),
        ("ssm:*", "only allowed as the whole last level"),
        ("ssm:a/*", "write `/a/*`"),
        ("/a/*/b", "only allowed as the whole last level"),
        ("/a/b*", "only allowed as the whole last level"),
        ("/a/**", "only allowed as the whole last level"),
        ("/a/*/*", "only allowed as the whole last level"),
        ("/a//*", "empty level"),
        ("/a b/*", "' '"),
        ("/aws/x/*", "/aws/service"),
        ("/aws/reference/secretsmanager/*", "refers to one secret"),
        ("/a/*:3", "a path has no versions: remove `:3`"),
        ("/a/*#b", "write `/a/b`"),
        ("/a/*?version_id=3", "unknown option `version_id` of `ssm:`"),
        ("/a/*?region=Frankfurt", "`Frankfurt` is not a region"),
        (
            "arn:aws:ssm:eu-central-1:111122223333:parameter/a/*",
            "not by an ARN",
        ),
    ] {
        let message = expect_error(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
    assert!(expect_error(&("/a".repeat(15) + "/*")).contains("15 levels"));
    assert!(expect_error(&format!("/{}/*", "a".repeat(1011))).contains("1011"));
}
