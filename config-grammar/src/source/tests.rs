mod app_config;
mod paths;
mod roles;
mod secrets;

use proptest::prelude::*;

use super::*;

const CUSTOM: &[&str] = &["vault"];

fn parse(text: &str) -> Source {
    Source::parse(text, CUSTOM).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn expect_error(text: &str) -> String {
    Source::parse(text, CUSTOM)
        .map(|source| panic!("{text}: {source:?}"))
        .unwrap_err()
        .to_string()
}

fn new_parameter(name: &str, selector: Option<&str>, region: Option<&str>) -> Address {
    Address::Parameter {
        name: name.into(),
        selector: selector.map(Into::into),
        region: region.map(Into::into),
        role: None,
    }
}

#[test]
fn parameters_are_parsed() {
    let arn = "arn:aws-us-gov:ssm:us-gov-west-1:111122223333:parameter/a/b";
    assert_eq!(parse("/a/b").address, new_parameter("/a/b", None, None));
    assert_eq!(parse("ssm:x").address, new_parameter("x", None, None));
    assert_eq!(
        parse("ssm:/a/b:3").address,
        new_parameter("/a/b", Some("3"), None)
    );
    assert_eq!(
        parse("/a:live?region=eu-central-1").address,
        new_parameter("/a", Some("live"), Some("eu-central-1"))
    );
    assert_eq!(parse(arn).address, new_parameter(arn, None, None));
    assert_eq!(
        parse(&format!("{arn}:7")).address,
        new_parameter(arn, Some("7"), None)
    );
    assert_eq!(
        parse(&format!("ssm:{arn}")).address.region(),
        Some("us-gov-west-1")
    );
    assert_eq!(parse("/a#b.c").key.as_deref(), Some("b.c"));
    parse("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64");
    parse("/aws/reference/secretsmanager/prod/db");
    parse("arn:aws:ssm:eu-central-1::parameter/aws/service/x");
    parse(&"/a".repeat(15));
}

#[test]
fn invalid_parameters_are_refused() {
    for (text, expected) in [
        ("/a b", "' '"),
        ("/a//b", "empty level"),
        ("/a/", "empty level"),
        ("ssm:a/b", "write `/a/b`"),
        ("/awsome", "`aws`"),
        ("/SSM/x", "`ssm`"),
        ("ssm:Aws", "`aws`"),
        ("/aws/x", "/aws/service"),
        ("/a:0", "start at 1"),
        ("/a:1x", "begin with a digit"),
        ("/a:ssmx", "do not begin with `ssm`"),
        ("/a:", "is empty"),
        ("/a:b:c", "':'"),
        ("arn:aws:s3:::bucket", "arn:aws:ssm"),
        ("arn:aws:ssm:eu-central-1:1:parameter/a", "12 digits"),
        ("arn:aws:ssm::111122223333:parameter/a", "not a region"),
        (
            "arn:aws:ssm:eu-central-1:111122223333:document/a",
            "not a parameter",
        ),
        ("arn:aws:ssm:eu-central-1", "a part is missing"),
        (
            "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x",
            "write `secret:arn:",
        ),
        (
            "ssm:arn:aws:kms:eu-central-1:111122223333:key/x",
            "wrong service `kms`",
        ),
        (
            "arn:aws:ssm:eu-central-1::parameter/a",
            "the account ID is missing in the ARN",
        ),
        (
            "arn:aws:ssm:eu-central-1:111122223333:parameter/a?region=us-east-1",
            "contradicts the ARN",
        ),
        ("/a?region=Frankfurt", "`Frankfurt` is not a region"),
        ("/a?region=eu-west-1a", "did you mean `eu-west-1`?"),
        (
            "arn:aws:ssm:eu-west-1a:111122223333:parameter/a",
            "did you mean `eu-west-1`?",
        ),
    ] {
        let message = expect_error(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
    assert!(expect_error(&"/a".repeat(16)).contains("16 levels"));
    assert!(expect_error(&format!("/{}", "a".repeat(1011))).contains("1011"));
    assert!(expect_error(&format!("/a:{}", "a".repeat(101))).contains("100 characters"));
}

#[test]
fn other_sources_are_parsed_or_refused() {
    assert_eq!(
        parse("kms-env:KEY?context=lambda").address,
        Address::KmsEnv {
            variable: "KEY".into(),
            lambda_context: true,
            key: None
        }
    );
    assert_eq!(
        parse("sealed:dev/k").address,
        Address::Sealed {
            name: "k".into(),
            stage: Some("dev".into())
        }
    );
    assert_eq!(
        parse("env:A?plaintext=allow").address,
        Address::Env {
            variable: "A".into(),
            plaintext_allowed: true
        }
    );
    assert_eq!(
        parse("value:a{b}#c?d=e").address,
        Address::Value("a{b}#c?d=e".into())
    );
    assert_eq!(parse("value:").address, Address::Value(String::new()));
    assert_eq!(
        parse("vault:kv/a?mount=x#k").address,
        Address::Custom {
            scheme: "vault".into(),
            address: "kv/a".into(),
            options: vec![("mount".into(), "x".into())]
        }
    );
    for (text, expected) in [
        ("", "is empty"),
        (
            "table",
            "write `ssm:table` for a parameter of Parameter Store, or `value:table`",
        ),
        ("a/b", "write `/a/b`"),
        ("ssm:", "`ssm:/payments/dev/table`"),
        ("env:?plaintext=allow", "`env:LOG_LEVEL`"),
        ("secert:x", "did you mean `secret:`?"),
        ("SSM:/a", "did you mean `ssm:`?"),
        ("consul:x", "#[config(schemes(\"consul\"))]"),
        ("env:LOG-LEVEL", "'-'"),
        ("env:1A", "digit"),
        ("env:A?plaintext=yes", "expected `plaintext=allow`"),
        (
            "env:A?x=y",
            "unknown option `x` of `env:`; expected `plaintext`",
        ),
        ("kms-env:A?context=none", "expected `context=lambda`"),
        (
            "kms-env:A?key=arn:aws:ssm:eu-central-1:111122223333:x",
            "wrong service `ssm`",
        ),
        ("sealed:a/b/c", "'/'"),
        ("sealed:all/x", "`all`"),
        ("sealed:.x", "must begin with"),
        ("sealed:stage.key", "key pair"),
        ("sealed:dev/Stage.Key", "key pair"),
        ("sealed:x?a=b", "has no options"),
        ("/a?region", "write `?name=value`"),
        ("/a?region=eu-west-1&region=eu-west-1", "given twice"),
        (
            "/a?region={stage}",
            "placeholders are not allowed in options",
        ),
        ("/a/{stage}", "`{stage}` is not allowed here"),
        ("/a/{stage", "without its `}`"),
        ("/a/stage}", "without its `{`"),
    ] {
        let message = expect_error(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn a_url_suggests_a_value_source() {
    let message = expect_error("https://example.com/a");
    assert!(
        message.contains("; write `value:https://example.com/a` for the text itself, or declare"),
        "{message}"
    );
}

#[test]
fn a_common_name_of_a_store_suggests_its_scheme() {
    for (scheme, names) in [
        (
            "ssm",
            &["parameter", "ssm-parameter", "param", "Parameter-Store"][..],
        ),
        (
            "secret",
            &[
                "secretsmanager",
                "secrets-manager",
                "secret-manager",
                "secrets",
                "asm",
            ],
        ),
        ("appconfig", &["appconf", "app-config"]),
        ("kms-env", &["kms"]),
        ("env", &["environment"]),
    ] {
        for name in names {
            let message = expect_error(&format!("{name}:prod/db"));
            let hint = format!("did you mean `{scheme}:`?");
            assert!(message.ends_with(&hint), "{name}: {message}");
        }
    }
}

#[test]
fn placeholders_are_replaced_or_refused() {
    let all = Placeholders {
        stage: Some("dev"),
        field: Some(&["mail", "host"]),
        app: Some("shop"),
    };
    for (template, text) in [
        ("/{app}/{stage}/{field}", "/shop/dev/mail/host"),
        ("secret:{app}/{stage}#{field}", "secret:shop/dev#mail.host"),
        (
            "appconfig:{app}/{stage}/{field}",
            "appconfig:shop/dev/mail-host",
        ),
        (
            "appconfig:{app}/{stage}/f#{field}",
            "appconfig:shop/dev/f#mail.host",
        ),
        ("env:{field}", "env:mail_host"),
        ("kms-env:{field}", "kms-env:mail_host"),
        ("sealed:{stage}/{field}", "sealed:dev/mail-host"),
        ("vault:{field}?x=y", "vault:mail/host?x=y"),
        ("value:{field}", "value:{field}"),
    ] {
        assert_eq!(
            Source::resolve(template, &all, CUSTOM)
                .expect(template)
                .to_string(),
            text
        );
    }
    let message = |text, at: &Placeholders<'_>| {
        Source::resolve(text, at, CUSTOM)
            .expect_err(text)
            .to_string()
    };
    assert!(
        message("/{feild}", &all)
            .ends_with("expected one of `{stage}`, `{field}`, `{app}`; did you mean `{field}`?")
    );
    let own = Placeholders {
        stage: Some("dev"),
        ..Placeholders::default()
    };
    assert!(
        message("/{field}", &own)
            .contains("only a struct's templates may use it; write the field's name")
    );
    assert!(
        message("/{app}", &own)
            .contains("only a struct's templates may use it; write the app's name")
    );
}

#[test]
fn a_placeholder_value_is_never_read_as_grammar() {
    let at = Placeholders {
        field: Some(&["a#b"]),
        ..Placeholders::default()
    };
    for text in [
        "/{field}",
        "secret:{field}",
        "appconfig:a/b/{field}",
        "env:{field}",
        "vault:{field}",
        "sealed:{field}",
    ] {
        assert!(Source::resolve(text, &at, CUSTOM).is_err(), "{text}");
    }
}

#[test]
fn only_valid_scheme_names_are_accepted() {
    assert_eq!(check_scheme("vault"), Ok(()));
    for wrong in ["ssm", "appconfig", "arn", "", "Vault", "1p", "a:b"] {
        assert!(check_scheme(wrong).is_err(), "{wrong}");
    }
}

fn any_source() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        Just("/"),
        Just("ssm:"),
        Just("secret:"),
        Just("appconfig:a/b/"),
        Just("appconfig:"),
        Just("kms-env:"),
        Just("sealed:"),
        Just("env:"),
        Just("value:"),
        Just("vault:"),
        Just("arn:aws:ssm:eu-central-1:111122223333:parameter/"),
        Just("secret:arn:aws:secretsmanager:eu-central-1:111122223333:secret:"),
    ];
    let option = prop_oneof![
        Just(""),
        Just("?region=eu-central-1"),
        Just("?role=arn:aws:iam::111122223333:role/path/central=a+b&region=us-east-1"),
        Just("?version_stage=AWSPENDING"),
        Just("?version_id=a-1&region=us-east-1"),
        Just("?context=lambda&key=alias/x"),
        Just("?plaintext=allow"),
    ];
    (
        scheme,
        "[a-zA-Z_/:.*{}-]{1,12}",
        option,
        "(#[a-z.?=#]{1,5})?",
    )
        .prop_map(|(s, a, o, k)| format!("{s}{a}{o}{k}"))
}

proptest! {
    #[test]
    fn no_text_causes_a_panic(text in any::<String>()) {
        let _ = Source::parse(&text, CUSTOM);
    }

    #[test]
    fn a_printed_source_parses_to_the_same_source(text in any_source()) {
        if let Ok(source) = Source::parse(&text, CUSTOM) {
            let printed = source.to_string();
            prop_assert_eq!(Source::parse(&printed, CUSTOM), Ok(source), "{}", printed);
        }
    }

    #[test]
    fn no_template_causes_a_panic(text in any_source(), stage in ".{0,8}", field in ".{0,8}") {
        let at = Placeholders { stage: Some(&stage), field: Some(&[&field]), app: Some("app") };
        let _ = Source::resolve(&text, &at, CUSTOM);
    }
}
