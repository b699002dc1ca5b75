//! Environment overrides take precedence over the program's layers and over the local values of the
//! overridden fields, and `STAGE_CONFIG_SET__…` takes precedence over `STAGE_CONFIG_SOURCE__…`.
//! `for_tests` ignores environment overrides.

use stage_config::figment::providers::Serialized;
use stage_config::testing::Memory;

use super::*;

#[test]
fn overrides_take_precedence_over_layers() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let variables = [
        ("STAGE_CONFIG_SET__TIMEOUT_S", "5"),
        ("STAGE_CONFIG_SOURCE__KEY", "/overrides/key:17"),
    ];
    run(&endpoint, "layers::inner_layers", &variables).assert_passed();
}

#[tokio::test]
async fn inner_layers() {
    if is_inner("layers::inner_layers") {
        let overrides = Serialized::global("timeout_s", 7);
        let loader = Config::loader()
            .overrides(overrides)
            .overrides(Serialized::global("key", "of the program"));
        let config = load::expect_config(loader.resolve().await);
        assert_eq!(
            (config.timeout_s, config.key.expose_secret()),
            (5, "the old key")
        );
    }
}

/// Local values replace every remote store. So the source in an override is looked up in the local
/// values too. The local value of the overridden field itself does not apply.
#[test]
fn the_source_of_an_override_is_looked_up_in_the_local_values() {
    let variables = [
        ("stage", "dev"),
        ("STAGE_CONFIG_SOURCE__KEY", "/overrides/key:17"),
        ("STAGE_CONFIG_SOURCE__MAIL__HOST", "env:MAIL_HOST"),
        ("STAGE_CONFIG_SET__TIMEOUT_S", "5"),
        ("MAIL_HOST", "of the environment"),
    ];
    child::run("overrides::layers::inner_local", &variables).assert_passed();
}

#[tokio::test]
async fn inner_local() {
    if !is_inner("layers::inner_local") {
        return;
    }

    let values = Memory::new()
        .set("key", "of the field")
        .set("timeout_s", "7")
        .set("mail.host", "of the field");
    let failed = expect_failure(Config::loader().local(values.clone()).resolve().await);
    let words = [
        "/overrides/key:17",
        r#"`.set("/overrides/key:17", "…")`"#,
        "unset `STAGE_CONFIG_SOURCE__KEY`",
    ];
    assert_failure(&failed, "key", FailureKind::Missing, &words);

    let values = values.set("/overrides/key:17", "of the source");
    let loaded = Config::loader()
        .local(values)
        .resolve()
        .await
        .expect("the local values have the source");
    assert_eq!(
        (loaded.config.key.expose_secret(), loaded.config.timeout_s),
        ("of the source", 5)
    );
    assert_eq!(loaded.config.mail.host, "of the environment");

    let key = find_field(&loaded, "key");
    assert_eq!(
        (key.origin, key.variable.as_deref()),
        (Origin::Local, Some("STAGE_CONFIG_SOURCE__KEY"))
    );
}

/// If a field has both overrides, `STAGE_CONFIG_SET__…` takes precedence. Both are reported.
#[test]
fn setting_a_field_takes_precedence_over_its_source() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let variables = [
        ("STAGE_CONFIG_SET__TIMEOUT_S", "5"),
        ("STAGE_CONFIG_SOURCE__TIMEOUT_S", "/nowhere"),
    ];
    run(&endpoint, "layers::inner_both", &variables).assert_passed();
    assert!(!endpoint.names().contains(&"/nowhere".to_owned()));
}

#[tokio::test]
async fn inner_both() {
    if is_inner("layers::inner_both") {
        let logs = Logs::start();
        let loaded = Config::loader().resolve().await.expect("the field is set");
        assert_eq!(loaded.config.timeout_s, 5);
        let effects: Vec<_> = loaded
            .report
            .overrides
            .iter()
            .map(|over| (over.variable.as_str(), over.effective))
            .collect();
        assert_eq!(
            effects,
            [
                ("STAGE_CONFIG_SET__TIMEOUT_S", true),
                ("STAGE_CONFIG_SOURCE__TIMEOUT_S", false)
            ]
        );
        assert!(
            logs.own_events().contains("has no effect"),
            "{}",
            logs.own_events()
        );
    }
}

/// `for_tests` reads no variable.
#[test]
fn for_tests_ignores_overrides() {
    child::run(
        "overrides::layers::inner_for_tests",
        &[("STAGE_CONFIG_SET__TIMEOUT_S", "5")],
    )
    .assert_passed();
}

#[test]
fn inner_for_tests() {
    if is_inner("layers::inner_for_tests") {
        let config = Config::for_tests()
            .set("key", "k")
            .set("mail.host", "h")
            .build();
        assert_eq!(config.ok().map(|config| config.timeout_s), Some(30));
    }
}
