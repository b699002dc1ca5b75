//! Texts and other values inside the program's own types. Only the deserializer knows whether such
//! a type expects a text.

mod local_file;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;
use stage_config::figment::providers::Serialized;
use stage_config::figment::value::{Dict, Empty, Value};
use stage_config::testing::Memory;
use stage_config::{FailureKind, StageConfig};

use crate::support::load::{assert_failure, expect_config, expect_failure};

#[derive(Deserialize, Debug, PartialEq)]
struct Token(String);

#[derive(Deserialize, Debug, PartialEq)]
#[serde(transparent)]
struct Transparent {
    token: Token,
}

#[derive(Deserialize, Debug, PartialEq)]
struct User {
    s: String,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Pair(String, u16);

#[derive(Deserialize, Debug, PartialEq)]
struct Port(u16);

#[derive(Deserialize, Debug, PartialEq)]
enum Choice {
    #[serde(rename = "123")]
    Digits,
    Token(Token),
    Pair(String, u16),
    User {
        s: String,
    },
    Port(Port),
}

#[derive(Deserialize, Debug, PartialEq)]
struct Address {
    ip: IpAddr,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Number(f64),
    Flag(bool),
    Text(String),
    User(User),
}

#[derive(Deserialize, Debug, PartialEq)]
struct Flat {
    port: u16,
    #[serde(flatten)]
    user: User,
}

#[derive(StageConfig)]
#[stage(dev = "/layers/dev/{field}")]
struct Config {
    token: Option<Token>,
    transparent: Option<Transparent>,
    user: Option<User>,
    users: Option<Vec<User>>,
    tokens: Option<Vec<Token>>,
    user_by_name: Option<BTreeMap<String, User>>,
    token_by_name: Option<BTreeMap<String, Token>>,
    #[config(object)]
    object: Option<User>,
    pair: Option<Pair>,
    tuple: Option<(Token, Port)>,
    choice: Option<Choice>,
    choices: Option<Vec<Choice>>,
    address: Option<Address>,
    port: Option<Port>,
    ports: Option<Vec<Port>>,
    untagged: Option<Untagged>,
    flat: Option<Flat>,
    #[config(with = "token")]
    with: Option<Token>,
}

mod token {
    use serde::{Deserialize as _, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<super::Token>, D::Error> {
        super::Token::deserialize(deserializer).map(Some)
    }
}

fn create_table(key: &str, value: Value) -> Value {
    Value::from(Dict::from([(key.to_owned(), value)]))
}

fn create_list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::from(items.into_iter().collect::<Vec<_>>())
}

/// Returns fields whose types contain a text. The value of each field has `value` in the place of
/// the text.
fn create_values_with_text(value: &Value) -> Vec<(&'static str, Value)> {
    let value = || value.clone();
    let user = || create_table("s", value());
    vec![
        ("token", value()),
        ("transparent", value()),
        ("user", user()),
        ("users", create_list([user()])),
        ("tokens", create_list([Value::from("a"), value()])),
        ("user_by_name", create_table("a", user())),
        ("token_by_name", create_table("a", value())),
        ("object", user()),
        ("pair", create_list([value(), Value::from(1)])),
        ("tuple", create_list([value(), Value::from(1)])),
        ("choice", create_table("Token", value())),
        (
            "choice",
            create_table("Pair", create_list([value(), Value::from(1)])),
        ),
        ("choice", create_table("User", user())),
        ("choices", create_list([create_table("Token", value())])),
        ("with", value()),
    ]
}

#[tokio::test]
async fn a_value_that_is_not_text_is_refused_inside_a_type_of_the_program() {
    for (value, name) in super::create_non_text_values() {
        for (field, value) in create_values_with_text(&value) {
            let loader = || Config::loader().stage("dev").local(Memory::new());
            for failed in [
                expect_failure(
                    loader()
                        .overrides(Serialized::global(field, value.clone()))
                        .resolve()
                        .await,
                ),
                expect_failure(
                    loader()
                        .defaults(Serialized::global(field, value.clone()))
                        .resolve()
                        .await,
                ),
            ] {
                assert_failure(
                    &failed,
                    field,
                    FailureKind::Undecodable,
                    &[name, "takes text", "quote it"],
                );
            }
        }
    }
}

#[tokio::test]
async fn a_value_that_keeps_its_original_text_is_valid_inside_a_type_of_the_program() {
    for (value, text) in super::create_values_with_their_text() {
        for (field, value) in create_values_with_text(&value) {
            let loader = Config::loader().stage("dev").local(Memory::new());
            let loader = loader.overrides(Serialized::global(field, value));
            let config = expect_config(loader.resolve().await);
            let token = || Token(text.to_owned());
            assert!(config.token.is_none_or(|value| value == token()), "{text}");
            assert!(config.with.is_none_or(|value| value == token()), "{text}");
            assert!(
                config.object.is_none_or(|value| value.s == text)
                    && config.users.is_none_or(|value| value[0].s == text)
                    && config.pair.is_none_or(|value| value.0 == text),
                "{field}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn a_number_is_refused_as_a_variant_name_and_as_an_ip_address() {
    let numbers = [
        ("choice", Value::from(123)),
        ("choices", create_list([Value::from(123)])),
        ("address", create_table("ip", Value::from(1))),
    ];
    for (field, value) in numbers {
        let loader = Config::loader()
            .stage("dev")
            .local(Memory::new())
            .overrides(Serialized::global(field, value));
        let failed = expect_failure(loader.resolve().await);
        assert_failure(
            &failed,
            field,
            FailureKind::Undecodable,
            &["a number", "quote it"],
        );
    }
}

#[tokio::test]
async fn a_text_of_a_provider_is_unchanged_in_every_type() {
    for text in ["0123", "1.10", "+5", "true", "2024-05-01", " x", "null"] {
        let token = || Token(text.to_owned());
        let user = || User { s: text.to_owned() };
        for (field, value) in create_values_with_text(&Value::from(text)) {
            let loader = Config::loader()
                .stage("dev")
                .local(Memory::new())
                .overrides(Serialized::global(field, value));
            let config = expect_config(loader.resolve().await);
            assert!(config.token.is_none_or(|value| value == token()), "{text}");
            assert!(
                config
                    .transparent
                    .is_none_or(|value| value.token == token()),
                "{text}"
            );
            assert!(config.user.is_none_or(|value| value == user()), "{text}");
            assert!(config.users.is_none_or(|value| value == [user()]), "{text}");
            assert!(
                config.tokens.is_none_or(|value| value[1] == token()),
                "{text}"
            );
            assert!(
                config.user_by_name.is_none_or(|value| value["a"] == user()),
                "{text}"
            );
            assert!(
                config
                    .token_by_name
                    .is_none_or(|value| value["a"] == token()),
                "{text}"
            );
            assert!(config.object.is_none_or(|value| value == user()), "{text}");
            assert!(
                config
                    .pair
                    .is_none_or(|value| value == Pair(text.to_owned(), 1)),
                "{text}"
            );
            assert!(
                config.tuple.is_none_or(|value| value == (token(), Port(1))),
                "{text}"
            );
            let choices = [
                Choice::Token(token()),
                Choice::Pair(text.to_owned(), 1),
                Choice::User { s: text.to_owned() },
            ];
            assert!(
                config.choice.is_none_or(|value| choices.contains(&value)),
                "{text}"
            );
            assert!(
                config
                    .choices
                    .is_none_or(|value| choices.contains(&value[0])),
                "{text}"
            );
            assert!(config.with.is_none_or(|value| value == token()), "{text}");
        }
    }
}

/// serde reads a flattened struct as any data. So a number reaches this struct, whose text field
/// rejects the number.
#[tokio::test]
async fn a_type_that_takes_a_number_or_any_data_gets_a_number() {
    let loader = || Config::loader().stage("dev").local(Memory::new());
    let choice = |value| create_table("Port", value);
    let config = expect_config(
        loader()
            .overrides(Serialized::global("port", 8080))
            .overrides(Serialized::global(
                "ports",
                create_list([Value::from(1), Value::from("2")]),
            ))
            .overrides(Serialized::global("choice", choice(Value::from(3))))
            .overrides(Serialized::global(
                "choices",
                create_list([Value::from("123"), choice(Value::from("4"))]),
            ))
            .overrides(Serialized::global("untagged", 1.5))
            .resolve()
            .await,
    );
    assert_eq!(
        (config.port, config.ports),
        (Some(Port(8080)), Some(vec![Port(1), Port(2)]))
    );
    assert_eq!(config.choice, Some(Choice::Port(Port(3))));
    assert_eq!(
        config.choices,
        Some(vec![Choice::Digits, Choice::Port(Port(4))])
    );
    assert_eq!(config.untagged, Some(Untagged::Number(1.5)));

    let flat = |value| {
        Value::from(Dict::from([
            ("port".to_owned(), Value::from(1)),
            ("s".to_owned(), value),
        ]))
    };
    let config = expect_config(
        loader()
            .overrides(Serialized::global("flat", flat(Value::from("0123"))))
            .resolve()
            .await,
    );
    assert_eq!(
        config.flat,
        Some(Flat {
            port: 1,
            user: User {
                s: "0123".to_owned()
            }
        })
    );
    assert_eq!(config.address, None);
    let failed = expect_failure(
        loader()
            .overrides(Serialized::global("flat", flat(Value::from(123))))
            .resolve()
            .await,
    );
    assert_failure(
        &failed,
        "flat",
        FailureKind::Undecodable,
        &["its type rejects the value"],
    );
}

/// `null` and a number that JSON cannot represent are neither a text nor a missing value.
#[tokio::test]
async fn null_and_an_infinite_number_are_refused() {
    let loader = || Config::loader().stage("dev").local(Memory::new());
    for field in ["user", "object"] {
        let null = Serialized::global(field, create_table("s", Value::from(Empty::None)));
        assert_failure(
            &expect_failure(loader().overrides(null).resolve().await),
            field,
            FailureKind::Undecodable,
            &["null"],
        );
    }
    let failed = expect_failure(
        loader()
            .overrides(Serialized::global("port", f64::INFINITY))
            .resolve()
            .await,
    );
    assert_failure(
        &failed,
        "port",
        FailureKind::Undecodable,
        &["its type rejects the value"],
    );
}
