//! Failures of composed fields: parts that fail, values that do not fit their place in the URL, an
//! environment override whose source has no value, and the validation of composed values.

use stage_config::{ErrorKind, FailureKind};

use super::*;
use crate::support::load::{assert_failure, expect_error};
use crate::support::planted::assert_clean;
use crate::support::{aws, child};

async fn load_failing(parameters: Parameters) -> stage_config::Error {
    let endpoint = Endpoint::with_parameters(parameters);
    let error = expect_error(loader::<Config>(endpoint.url()).resolve().await);
    assert_eq!(error.kind(), ErrorKind::Unresolved);
    error
}

/// Returns the fields and the kinds of the failures.
fn list_kinds(error: &stage_config::Error) -> Vec<(&str, FailureKind)> {
    let failures = error.failures().iter();
    failures
        .map(|failure| (failure.field(), failure.kind()))
        .collect()
}

#[tokio::test]
async fn only_the_part_fails_if_it_is_missing_or_does_not_decode() {
    let missing = Parameters::texts([
        ("/composed/name", "orders"),
        ("/composed/bucket", "images"),
        ("/composed/db/user", "app"),
        ("/composed/db/host", "localhost"),
        ("/composed/db/port", "80a80"),
    ]);
    let error = load_failing(missing).await;
    let expected = [
        ("db.password", FailureKind::Missing),
        ("db.port", FailureKind::Undecodable),
    ];
    assert_eq!(list_kinds(&error), expected, "{error}");
}

#[tokio::test]
async fn only_the_part_fails_if_it_is_denied() {
    let endpoint = Endpoint::start(|request| {
        create_parameters().answer_denying(&["/composed/db/password"], request)
    });
    let error = expect_error(loader::<Config>(endpoint.url()).resolve().await);
    assert_eq!(
        list_kinds(&error),
        [("db.password", FailureKind::Denied)],
        "{error}"
    );
}

#[tokio::test]
async fn the_error_of_a_text_that_does_not_fit_the_url_names_its_source_and_not_the_text() {
    for (name, text, field, words) in [
        (
            "/composed/db/host",
            SECRET,
            "database",
            "a DNS name, an IPv4 or an IPv6 address",
        ),
        (
            "/composed/db/host",
            "a.b/c",
            "database",
            "does not fit the host",
        ),
        (
            "/composed/name",
            "..",
            "database",
            "other than `.` and `..`",
        ),
        ("/composed/bucket", "..", "link", "does not fit the host"),
        ("/composed/db/user", "", "database", "`db.user` is empty"),
        ("/composed/name", "", "database", "`name` is empty"),
    ] {
        let parameter = if text == SECRET {
            Parameter::secure(&format!("{SECRET}/"))
        } else {
            Parameter::text(text)
        };
        let error = load_failing(create_parameters().with(name, parameter)).await;
        let failure = error
            .failures()
            .iter()
            .find(|failure| failure.field() == field)
            .unwrap_or_else(|| panic!("{name} = {text:?}: {error}"));
        assert_failure(failure, field, FailureKind::Undecodable, &[words, name]);
        assert_clean("the error", &error.to_string());
    }
}

/// An environment override selects exactly one source. So the template of the field does not apply,
/// even if that source has no value.
#[test]
fn an_environment_override_without_a_value_is_an_error() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let mut variables = aws::variables(endpoint.url());
    variables.extend([
        ("stage", "dev".to_owned()),
        ("STAGE_CONFIG_SOURCE__CACHE_URL", "/absent".to_owned()),
    ]);
    child::run("composed::failing::inner_redirect", &variables).assert_passed();
}

#[tokio::test]
async fn inner_redirect() {
    if child::is_inner("composed::failing::inner_redirect") {
        let error = expect_error(Config::loader().resolve().await);
        assert_eq!(
            list_kinds(&error),
            [("cache_url", FailureKind::Missing)],
            "{error}"
        );
    }
}

#[derive(StageConfig)]
#[stage(dev = "/composed/{field}")]
struct Validated {
    cache: Option<String>,
    #[config(compose = "redis://{cache}", validate = check_set)]
    #[allow(dead_code, reason = "decoded, not read")]
    url: Option<String>,
}

fn check_set(url: &Option<String>) -> Result<(), &'static str> {
    url.as_ref().map(|_| ()).ok_or("is not set")
}

#[test]
fn a_composed_field_without_a_value_is_validated_too() {
    let error = expect_error(Validated::for_tests().build());
    assert_eq!(
        list_kinds(&error),
        [("url", FailureKind::Invalid)],
        "{error}"
    );
}

#[tokio::test]
async fn a_composed_value_is_validated() {
    let parameters = create_parameters().with("/composed/cache", Parameter::text("example.com"));
    let error = load_failing(parameters).await;
    let [failure] = error.failures() else {
        panic!("{error}")
    };
    let words = ["is not the cache of this machine"];
    assert_failure(failure, "cache_url", FailureKind::Invalid, &words);
}
