//! A field whose type is an alias of an `Option` is optional, like a field of the type `Option`.

use serde::Deserialize;
use stage_config::{SecretBox, StageConfig};

type Maybe<T> = Option<T>;
type MaybePort = Option<u16>;
type MaybeText = Option<String>;
type MaybeLogin = Option<Login>;
type MaybeKey = Option<SecretBox<[u8; 3]>>;
type MaybeMail = Option<Mail>;

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "decoded, not read")]
struct Login {
    user: String,
}

/// A module for `with` that cannot decode a missing value, like a module for serde's `with`.
mod required {
    use serde::{Deserialize, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        T::deserialize(from).map(Some)
    }
}

#[derive(StageConfig)]
#[stage(dev = "/optional/{field}")]
#[allow(dead_code, reason = "decoded, not read")]
struct Config {
    plain: MaybePort,
    generic: Maybe<u16>,
    login: MaybeLogin,
    key: MaybeKey,
    #[config(with = "required")]
    with: MaybePort,
    #[config(with = "required")]
    generic_with: Maybe<u16>,
    #[config(with = "required")]
    login_with: MaybeLogin,
    #[config(with = "required")]
    option_with: Option<u16>,
    #[config(with = "required", default = Some(7))]
    default_with: MaybePort,
    #[config(default = Some("x".to_owned()))]
    default: MaybeText,
    #[config(with = "required", validate = check_none)]
    validated_with: MaybePort,
    #[config(nested)]
    mail: MaybeMail,
    #[config(nested)]
    other: Maybe<Mail>,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "decoded, not read")]
struct Mail {
    host: String,
    #[config(with = "required")]
    port: MaybePort,
}

fn check_none(port: &Option<u16>) -> Result<(), &'static str> {
    if port.is_none() {
        Ok(())
    } else {
        Err("a port")
    }
}

#[test]
fn a_missing_value_is_none_or_the_default_for_every_way_to_decode() {
    let config = Config::for_tests()
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (config.plain, config.generic, config.with),
        (None, None, None)
    );
    assert_eq!(
        (
            config.generic_with,
            config.option_with,
            config.validated_with
        ),
        (None, None, None)
    );
    assert!(config.login.is_none() && config.login_with.is_none() && config.key.is_none());
    assert_eq!(
        (config.default_with, config.default.as_deref()),
        (Some(7), Some("x"))
    );
    assert!(config.mail.is_none() && config.other.is_none());
}

#[test]
fn the_module_of_with_decodes_the_value() {
    let values = [
        ("with", "1"),
        ("generic_with", "2"),
        ("login_with", r#"{"user": "u"}"#),
        ("mail.host", "h"),
    ];
    let config = values
        .into_iter()
        .fold(Config::for_tests(), |config, (field, text)| {
            config.set(field, text)
        });
    let config = config.build().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((config.with, config.generic_with), (Some(1), Some(2)));
    assert!(config.login_with.is_some());
    assert_eq!(config.mail.expect("the struct is present").port, None);
}
