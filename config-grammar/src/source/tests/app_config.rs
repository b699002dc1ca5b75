//! Configurations of AppConfig.

use super::*;

fn new_address(parts: [&str; 3], region: Option<&str>) -> Address {
    let [application, environment, profile] = parts.map(str::to_owned);
    Address::AppConfig {
        application,
        environment,
        profile,
        region: region.map(str::to_owned),
        role: None,
    }
}

#[test]
fn configurations_are_parsed() {
    let source = parse("appconfig:shop/prod/flags#checkout.enabled");
    assert_eq!(source.address, new_address(["shop", "prod", "flags"], None));
    assert_eq!(source.key.as_deref(), Some("checkout.enabled"));
    assert_eq!(source.address.scheme(), "appconfig");
    assert!(source.address.is_remote() && !source.address.keeps_secrets());
    assert_eq!(
        (source.address.arn(), source.address.region()),
        (None, None)
    );

    let elsewhere = parse("appconfig:a1b2c3d/e5f6g7h/i9j0k1l?region=us-east-1");
    assert_eq!(
        elsewhere.address,
        new_address(["a1b2c3d", "e5f6g7h", "i9j0k1l"], Some("us-east-1"))
    );
    assert_eq!(elsewhere.address.region(), Some("us-east-1"));

    let parts = ["My_App.v-1", "a+b=c@d", "AWS:flags"];
    let text = format!("appconfig:{}", parts.join("/"));
    assert_eq!(parse(&text).address, new_address(parts, None));
    parse(&format!(
        "appconfig:{}/{}/{}",
        "a".repeat(64),
        "e".repeat(64),
        "p".repeat(128)
    ));
}

#[test]
fn invalid_configurations_are_refused() {
    let three_parts = "APPLICATION/ENVIRONMENT/PROFILE";
    for (text, expected) in [
        ("appconfig:", "`appconfig:payments/dev/flags`"),
        ("appconfig:shop", three_parts),
        ("appconfig:shop/prod", three_parts),
        ("appconfig:shop/prod/a/b", "write the ID of that part"),
        ("appconfig:/prod/flags", "the application has an empty name"),
        ("appconfig:shop//flags", "the environment has an empty name"),
        (
            "appconfig:shop/prod/",
            "the configuration profile has an empty name",
        ),
        (
            "appconfig:my shop/prod/flags",
            "write its ID instead of its name",
        ),
        ("appconfig:shop/prod/*", "'*'"),
        (
            "appconfig:shop/prod/flags?version=1",
            "expected one of `region`, `role`",
        ),
        (
            "appconfig:shop/prod/flags?region=mars",
            "`mars` is not a region",
        ),
        ("appconfig:shop/prod/flags#", "nothing follows `#`"),
        ("AppConfig:shop/prod/flags", "did you mean `appconfig:`?"),
        (
            "appconfig:arn:aws:appconfig:eu-west-1:111122223333:application/a/environment/b",
            three_parts,
        ),
    ] {
        let message = expect_error(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
    for (text, expected) in [
        (format!("appconfig:{}/e/p", "a".repeat(65)), "64"),
        (format!("appconfig:a/{}/p", "e".repeat(65)), "64"),
        (format!("appconfig:a/e/{}", "p".repeat(129)), "128"),
    ] {
        let message = expect_error(&text);
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn app_config_ids_returns_a_word_instead_of_each_name_that_is_not_an_id() {
    let ids = |text| {
        parse(text)
            .address
            .app_config_ids()
            .map(|ids| ids.map(str::to_owned))
    };
    let expected = ["a1b2c3d", "ENVIRONMENT_ID", "PROFILE_ID"].map(str::to_owned);
    assert_eq!(ids("appconfig:a1b2c3d/prod/flags"), Some(expected));
    assert_eq!(ids("/a/b"), None);
}

#[test]
fn ids_have_seven_letters_and_digits() {
    for id in ["a1b2c3d", "339ohji", "1234x67"] {
        assert!(is_app_config_id(id), "{id}");
    }
    for name in [
        "prod", "flags", "payment", "1234567", "A1b2c3d", "dev-1ab", "a1b2c3d4", "",
    ] {
        assert!(!is_app_config_id(name), "{name}");
    }
}
