//! Tests the texts of the messages and how many there are, the emitted code, and the rules whose
//! result depends on cargo features.

use quote::quote;

use super::expand_messages;

/// Returns the only message for a field with this source.
fn message_for(source: &str) -> String {
    let messages = expand_messages(quote! {
        #[stage(dev = "env:A_{field}", fallback = "env:B_{field}")]
        struct Config {
            #[stage(dev = "env:C", fallback = #source)]
            value: String,
        }
    });
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages[0].clone()
}

/// The derive reports only the first problem of a source. It checks the grammar first, then the
/// rules that depend on where the source is used, then whether the cargo feature is enabled.
#[test]
fn grammar_is_checked_before_rules_and_rules_before_features() {
    assert!(message_for("secret:a b").contains("' '"));
    assert!(message_for("sealed:x").contains("`sealed:dev/x`"));
    assert!(message_for("sealed:{stage}/x").contains("`sealed:dev/x`"));
    if cfg!(feature = "kms") {
        assert!(message_for("sealed:dev/x").contains("`cargo stage seal x --stage dev`"));
    } else {
        assert!(message_for("sealed:dev/x").contains("cargo feature `kms`"));
        assert!(message_for("kms-env:KEY").contains("cargo feature `kms`"));
    }
    if cfg!(not(feature = "appconfig")) {
        assert!(message_for("appconfig:a/b/c#key").contains("cargo feature `appconfig`"));
    }
    if cfg!(not(feature = "secrets-manager")) {
        assert!(message_for("secret:db#password").contains("cargo feature `secrets-manager`"));
    }
}

#[test]
fn an_appconfig_template_without_the_placeholder_field_suggests_a_key_for_each_field() {
    let messages = expand_messages(quote! {
        #[stage(dev = "appconfig:shop/dev/flags")]
        struct Config { one: String }
    });
    assert_eq!(messages.len(), 1, "{messages:?}");
    let expected = "one key of the configuration for each field, write \
                    `appconfig:shop/dev/flags#{field}`";
    assert!(messages[0].contains(expected), "{messages:?}");
}

#[test]
fn the_error_names_a_disabled_feature() {
    let expected = if cfg!(feature = "ssm") {
        None
    } else {
        Some("needs the cargo feature `ssm` of stage-config")
    };
    let messages = expand_messages(quote! {
        #[stage(dev = "env:{field}")]
        struct Config {
            #[stage(dev = "/c")]
            value: String,
        }
    });
    match expected {
        Some(text) => assert!(
            messages.len() == 1 && messages[0].contains(text),
            "{messages:?}"
        ),
        None => assert_eq!(messages, [""; 0]),
    }
}

/// A mistake in a template causes one message, even if several fields use the template.
#[test]
fn a_mistake_in_a_template_is_reported_once() {
    let messages = expand_messages(quote! {
        #[stage(dev = "/a b/{field}", prod)]
        struct Config { one: String, two: String, three: String }
    });
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].contains("' '"));
    assert!(messages[1].contains("`one`, `two`, `three`"));
}

/// If a struct has mistakes, the derive emits the errors and also the impls. So code that uses the
/// struct causes no further errors.
#[test]
fn impls_are_emitted_with_errors() {
    let emitted = crate::expander::expand(
        quote! {
            #[stage(dev = "/a b/{field}")]
            #[config(crate = "renamed")]
            struct Config { one: String }
        },
        "",
    );
    let emitted = emitted.to_string();
    assert!(
        emitted.contains("impl renamed :: StageConfig for Config"),
        "{emitted}"
    );
    assert!(!emitted.contains("stage_config ::"), "{emitted}");
}

#[test]
fn rename_all_accepts_every_case_that_serde_has() {
    for (case, level) in [
        ("lowercase", "host_name"),
        ("UPPERCASE", "HOST_NAME"),
        ("PascalCase", "HostName"),
        ("camelCase", "hostName"),
        ("snake_case", "host_name"),
        ("SCREAMING_SNAKE_CASE", "HOST_NAME"),
        ("kebab-case", "host-name"),
        ("SCREAMING-KEBAB-CASE", "HOST-NAME"),
    ] {
        let emitted = crate::expander::expand(
            quote! {
                #[config(inherit, rename_all = #case)]
                struct Config { host_name: String }
            },
            "",
        );
        assert!(
            emitted.to_string().contains(&format!("level : {level:?}")),
            "{case}: {emitted}"
        );
    }
}
