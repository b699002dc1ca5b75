//! Composed values: `#[config(compose = "…")]`.

mod failing;
mod parsers;
mod refreshed;

use stage_config::figment::{Figment, providers::Serialized};
use stage_config::{ExposeSecret as _, SecretBox, SecretString, StageConfig};
use url::Url;

use crate::support::load::{expect_config, loader};
use crate::support::planted::SECRET;
use crate::support::scripted::{Endpoint, Parameter, Parameters};

#[derive(StageConfig)]
#[stage(dev = "/composed/{field}")]
struct Config {
    // `strict` contains `database`, which is declared after it. The order of the fields does not
    // matter.
    #[config(compose = "{database:raw}?sslmode={mode:raw}")]
    strict: SecretString,
    #[config(compose = "postgres://{db.user}:{db.password}@{db.host}:{db.port}/{name}")]
    database: SecretString,
    #[config(compose = "https://{bucket}.s3.example.com/{bucket}", from_str)]
    link: Url,
    #[config(compose = "sb://u:{db.password}@bus", from_str)]
    parsed: SecretBox<String>,
    #[config(compose = "redis://{cache}:6379", validate = check_local)]
    cache_url: Option<String>,
    #[config(nested)]
    db: Db,
    name: String,
    #[config(default = "verify-full")]
    mode: String,
    bucket: String,
    cache: Option<String>,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "the parts of a template")]
struct Db {
    user: String,
    password: SecretString,
    host: String,
    #[config(default = 5_432)]
    port: u16,
}

fn check_local(url: &Option<String>) -> Result<(), &'static str> {
    match url {
        Some(url) if !url.contains("localhost") => Err("is not the cache of this machine"),
        _ => Ok(()),
    }
}

fn create_parameters() -> Parameters {
    Parameters::texts([
        ("/composed/name", "orders/2026"),
        ("/composed/bucket", "images"),
        ("/composed/db/user", "app user"),
        ("/composed/db/host", "2001:db8::1"),
    ])
    .with("/composed/db/password", Parameter::secure("p:w@/?#[é]%"))
}

#[tokio::test]
async fn each_value_is_encoded_for_its_place_in_the_url() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let loaded = loader::<Config>(endpoint.url()).resolve().await;
    let config = expect_config(loaded);
    let database = "postgres://app%20user:p%3Aw%40%2F%3F%23%5B%C3%A9%5D%25@[2001:db8::1]:5432/\
                    orders%2F2026";
    assert_eq!(config.database.expose_secret(), database);
    let strict = format!("{database}?sslmode=verify-full");
    assert_eq!(config.strict.expose_secret(), strict);
    assert_eq!(config.link.as_str(), "https://images.s3.example.com/images");
    assert_eq!(config.cache_url, None);
    // A composed value needs no request.
    assert_eq!(endpoint.requests().len(), 1);
    assert_eq!(endpoint.names().len(), 8);
}

#[tokio::test]
async fn the_report_names_the_template_and_shows_no_value() {
    let endpoint = Endpoint::with_parameters(
        create_parameters().with("/composed/db/password", Parameter::secure(SECRET)),
    );
    let loaded = loader::<Config>(endpoint.url())
        .resolve()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let report = loaded.report.to_string();
    let template = "postgres://{db.user}:{db.password}@{db.host}:{db.port}/{name}";
    let row = report
        .lines()
        .find(|line| line.contains("database (secret)"))
        .unwrap_or_else(|| panic!("{report}"));
    assert!(row.contains("composed") && row.contains(template), "{row}");
    assert!(!report.contains(SECRET), "{report}");
}

#[test]
fn for_tests_sets_the_parts_or_the_composed_field() {
    let values = || {
        Config::for_tests()
            .set("name", "orders")
            .set("bucket", "images")
            .set("db.user", "app")
            .set("db.password", "secret")
            .set("db.host", "localhost")
            .set("db.port", " 5433\n")
    };
    let config = values().build().unwrap_or_else(|error| panic!("{error}"));
    let database = config.database.expose_secret();
    assert_eq!(database, "postgres://app:secret@localhost:5433/orders");
    assert_eq!(config.parsed.expose_secret(), "sb://u:secret@bus");

    let config = values()
        .set("database", "postgres://elsewhere")
        .set("cache", "localhost")
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.database.expose_secret(), "postgres://elsewhere");
    let strict = config.strict.expose_secret();
    assert_eq!(strict, "postgres://elsewhere?sslmode=verify-full");
    assert_eq!(config.cache_url.as_deref(), Some("redis://localhost:6379"));
}

/// A layer below (`defaults`) applies only if there is no composed value. A layer above
/// (`overrides`) always applies.
#[tokio::test]
async fn only_a_layer_above_replaces_a_composed_value() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let defaults = Serialized::defaults(serde_json::json!({
        "database": "postgres://localhost/dev",
        "cache_url": "redis://localhost:1",
    }));
    let loaded = loader::<Config>(endpoint.url())
        .defaults(defaults)
        .resolve()
        .await;
    let config = expect_config(loaded);
    assert!(config.database.expose_secret().ends_with("/orders%2F2026"));
    assert_eq!(config.cache_url.as_deref(), Some("redis://localhost:1"));

    let overrides = Serialized::defaults(serde_json::json!({ "database": "postgres://above" }));
    let loaded = loader::<Config>(endpoint.url())
        .overrides(overrides)
        .resolve()
        .await;
    let config = expect_config(loaded);
    assert_eq!(config.database.expose_secret(), "postgres://above");
}

#[tokio::test]
async fn figment_gets_the_composed_values_that_are_not_secret() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let loaded = loader::<Config>(endpoint.url()).resolve().await;
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let figment = Figment::from(loaded).select("dev");
    let link: String = figment.extract_inner("link").expect("it is not secret");
    assert_eq!(link, "https://images.s3.example.com/images");
    assert!(figment.find_value("database").is_err(), "it is secret");

    // The part `mail.port` has a default, but the optional struct `mail` is absent. So the composed
    // field `port` has no value.
    let endpoint = Endpoint::with_parameters(Parameters::default());
    let loaded = loader::<Optional>(endpoint.url()).resolve().await;
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.config.port.is_none());
    let figment = Figment::from(loaded).select("dev");
    assert!(figment.find_value("port").is_err() && figment.find_value("mail").is_err());
}

/// An optional nested struct with a composed field, and two composed fields whose parts are in that
/// struct.
#[derive(StageConfig)]
#[stage(dev = "/composed/{field}")]
struct Optional {
    #[config(nested)]
    mail: Option<Mail>,
    #[config(compose = "mx://{mail.host}:{mail.port}")]
    mx: Option<String>,
    #[config(compose = "port://h:{mail.port}")]
    port: Option<String>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
    #[config(default = "25")]
    port: u16,
    #[config(compose = "smtp://{host}:{port}")]
    url: String,
}

#[test]
fn a_composed_value_of_an_absent_struct_is_absent() {
    let absent = Optional::for_tests().build();
    let absent = absent.unwrap_or_else(|error| panic!("{error}"));
    assert!(absent.mail.is_none() && absent.mx.is_none() && absent.port.is_none());

    let present = Optional::for_tests()
        .set("mail.host", "mail.example")
        .build();
    let present = present.unwrap_or_else(|error| panic!("{error}"));
    let mail = present.mail.expect("it is present");
    assert_eq!(mail.url, "smtp://mail.example:25");
    assert_eq!(present.mx.as_deref(), Some("mx://mail.example:25"));
    assert_eq!(present.port.as_deref(), Some("port://h:25"));
}
