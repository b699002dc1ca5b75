//! The option `?role=`.

use super::*;

#[test]
fn a_role_is_parsed_or_refused() {
    let role = "arn:aws-us-gov:iam::111122223333:role/central/config_+=,.@-";
    for text in [
        "/a",
        "/a/*",
        "secret:a",
        "secret:a?version_id=1",
        "appconfig:a/b/c",
    ] {
        let separator = if text.contains('?') { '&' } else { '?' };
        let text = format!("{text}{separator}role={role}");
        assert_eq!(parse(&text).address.role(), Some(role), "{text}");
        assert_eq!(parse(&text).to_string(), text);
    }
    let both = parse(&format!("/a?role={role}&region=us-east-1#key"));
    assert_eq!(
        both.to_string(),
        format!("/a?region=us-east-1&role={role}#key")
    );
    assert_eq!(parse("/a").address.role(), None);

    for wrong in [
        "central",
        "role/central",
        "arn:aws:iam::111122223333:user/central",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:role",
        "arn:aws:iam::111122223333:role//central",
        "arn:aws:iam::11112222333:role/central",
        "arn:aws:iam:eu-west-1:111122223333:role/central",
        "arn:aws:sts::111122223333:role/central",
        "arn:aws:sts::111122223333:assumed-role/central/session",
        "arn:azure:iam::111122223333:role/central",
        "arn:aws:iam::111122223333:role/central*",
    ] {
        let message = expect_error(&format!("/a?role={wrong}"));
        let expected = format!("`{wrong}` is not the ARN of a role");
        assert!(message.contains(&expected), "{message}");
    }
    assert!(expect_error(&format!("/a?role={role}{}", "x".repeat(576))).contains("not the ARN"));
    for text in ["env:A", "kms-env:A", "sealed:a"] {
        let message = expect_error(&format!("{text}?role={role}"));
        assert!(message.contains("unknown option `role`"), "{message}");
    }
}
