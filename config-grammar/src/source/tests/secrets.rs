//! Secrets, and parameters that refer to secrets.

use super::*;

#[test]
fn secrets_are_parsed_or_refused() {
    let arn = "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:prod/db-AbCdEf";
    let secret = |id: &str, version, region: Option<&str>| Address::Secret {
        id: id.into(),
        version,
        region: region.map(Into::into),
        role: None,
    };
    assert_eq!(
        parse("secret:prod/db#password").address,
        secret("prod/db", None, None)
    );
    let account = "arn:aws:secretsmanager:eu-west-1:111122223333:secret";
    for name in [
        "rds!db-0a1b2c",
        "events!connection/x/1-2",
        "/prod/db",
        "a+b=c@d.e_f",
    ] {
        for id in [
            name.to_owned(),
            format!("{account}:{name}"),
            format!("{account}:{name}-AbCdEf"),
        ] {
            assert_eq!(
                parse(&format!("secret:{id}#password")).address,
                secret(&id, None, None)
            );
        }
    }
    assert_eq!(
        parse("secret:db?version_id=1-2&region=eu-west-1").address,
        secret(
            "db",
            Some(SecretVersion::Id("1-2".into())),
            Some("eu-west-1")
        )
    );
    assert_eq!(
        parse(&format!("secret:{arn}")).address.region(),
        Some("cn-north-1")
    );
    for (text, expected) in [
        ("secret:a b", "' '"),
        (
            "secret:db?version_id=x&version_stage=y",
            "exclude each other",
        ),
        ("secret:db?versionid=x", "did you mean `version_id`?"),
        (
            "secret:arn:aws:ssm:eu-central-1:111122223333:parameter/a",
            "wrong service `ssm`",
        ),
        (
            "secret:arn:aws:secretsmanager:eu-central-1:111122223333:secret:x-AbCdEf:key::",
            "#key",
        ),
        (
            "secret:db#password?version_id=x",
            "write `?version_id=x#password`",
        ),
        ("secret:db#", "nothing follows `#`"),
    ] {
        let message = expect_error(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
    assert!(expect_error(&format!("secret:{}", "a".repeat(513))).contains("512"));
}

#[test]
fn references_to_secrets_are_parsed_or_refused() {
    let reference = "/aws/reference/secretsmanager";
    for secret in [
        "db",
        "/prod/db",
        "rds!db-0a1b2c",
        "a+b=c@d.e_f",
        "events!connection/x/1-2",
    ] {
        let name = format!("{reference}/{secret}");
        assert_eq!(parse(&name).address, new_parameter(&name, None, None));
        let version = "1234abcd-12ab-34cd-56ef-1234567890ab";
        for selector in [
            "AWSCURRENT",
            "AWSPREVIOUS",
            "blue",
            "11111-aaa-bbb-ccc-123",
            version,
        ] {
            let source = parse(&format!("ssm:{name}:{selector}#password"));
            assert_eq!(source.address, new_parameter(&name, Some(selector), None));
        }
        let arn = format!("arn:aws:ssm:eu-central-1:111122223333:parameter{name}");
        let source = parse(&format!("{arn}:AWSPREVIOUS"));
        assert_eq!(
            source.address,
            new_parameter(&arn, Some("AWSPREVIOUS"), None)
        );
    }
    assert!(expect_error(&format!("{reference}/db:")).contains("is empty"));
    assert!(expect_error(&format!("{reference}/")).contains("empty name"));
    assert!(expect_error(&format!("{reference}/a b")).contains("' '"));
    assert!(expect_error("/a:AWSCURRENT").contains("do not begin with `aws`"));
}
