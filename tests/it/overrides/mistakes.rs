//! Mistakes in environment overrides and in other variables of this crate. One error reports all of
//! them, before any request, and without the values of the variables.

use super::*;

/// Each wrong variable: its name, its text, and the words of its error.
const MISTAKES: [(&str, &str, &str); 10] = [
    (
        "STAGE_CONFIG_SET__KEY",
        SECRET,
        "would set `key`, which is a secret",
    ),
    (
        "STAGE_CONFIG_SET__TIMOUT_S",
        SECRET,
        "did you mean `STAGE_CONFIG_SET__TIMEOUT_S`?",
    ),
    ("STAGE_CONFIG_SOURCE__KEY", SECRET, "is not a source"),
    ("STAGE_CONFIG_SOURCE__MAIL__HOST", "", "is empty"),
    (
        "STAGE_CONFIG_SOURCE__MAIL__PASSWORD",
        "value:Zx9!kQ7~Wv3^Lp5",
        "which is a secret, from `value:`",
    ),
    (
        "STAGE_CONFIG_SOURCE__TIMEOUT_S",
        "ssm:Zx9!kQ7~Wv3^Lp5",
        "an invalid address after `ssm:`",
    ),
    (
        "STAGE_CONFIG_SOURCE__Q",
        SECRET,
        "names no field of `Config`",
    ),
    (
        "STAGE_CONFIG_SET_TIMEOUT_S",
        SECRET,
        "did you mean `STAGE_CONFIG_SET__TIMEOUT_S`?",
    ),
    ("STAGE_CONFIG_TIMEOUT", SECRET, "is not a duration"),
    ("STAGE_CONFIG_METRICS", SECRET, "is not a format of metrics"),
];

#[test]
fn one_error_lists_all_mistakes_without_values() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let output = run(
        &endpoint,
        "mistakes::inner_wrong",
        &MISTAKES.map(|(name, text, _)| (name, text)),
    )
    .assert_passed();
    assert_clean("the output", &output.text());
    assert_eq!(endpoint.requests().len(), 0, "a request was sent");
}

#[tokio::test]
#[allow(clippy::print_stderr)]
async fn inner_wrong() {
    if !is_inner("mistakes::inner_wrong") {
        return;
    }

    let logs = Logs::start();
    let errors: [Error; 3] = [
        expect_error(Config::load().await),
        expect_error(Config::loader().check().await),
        expect_error(Config::loader().plan()),
    ];
    for error in errors {
        let words: Vec<&str> = MISTAKES
            .iter()
            .flat_map(|(name, _, words)| [*name, *words])
            .collect();
        assert_error(&error, ErrorKind::Options, &words);
        assert!(
            error.to_string().contains("10 variables are wrong\n"),
            "{error}"
        );
        assert_eq!(
            error.to_string().lines().count(),
            1 + MISTAKES.len(),
            "each mistake has its own line: {error}"
        );
        assert_error_clean("wrong variables", &error);
        eprintln!("{error:?} {}", logs.text());
    }
}

#[test]
fn a_single_mistake_is_one_line() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    run(
        &endpoint,
        "mistakes::inner_alone",
        &[("STAGE_CONFIG_SET__KEY", SECRET)],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_alone() {
    if is_inner("mistakes::inner_alone") {
        let error = expect_error(Config::load().await);
        let words = [
            "`STAGE_CONFIG_SET__KEY`: it would set `key`",
            "Help",
            "`STAGE_CONFIG_SOURCE__KEY`",
        ];
        assert_error(&error, ErrorKind::Options, &words);
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
}

#[test]
fn an_override_with_a_scheme_without_a_store_is_an_error() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    run(
        &endpoint,
        "mistakes::inner_no_store",
        &[("STAGE_CONFIG_SOURCE__KEY", "vault:kv/key")],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_no_store() {
    if is_inner("mistakes::inner_no_store") {
        let error = expect_error(Config::load().await);
        let words = [
            "`STAGE_CONFIG_SOURCE__KEY` names a source of `vault:`",
            "Config::loader().store(\"vault\"",
        ];
        assert_error(&error, ErrorKind::Options, &words);
    }
}

#[test]
#[cfg(unix)]
fn an_override_that_is_not_utf_8_is_an_error() {
    use std::os::unix::ffi::OsStringExt as _;
    let text = std::ffi::OsString::from_vec([SECRET.as_bytes(), b"\xFF"].concat());
    let variables = [
        ("stage", "dev".into()),
        ("STAGE_CONFIG_SET__TIMEOUT_S", text),
    ];
    let output = child::run("overrides::mistakes::inner_not_utf_8", &variables).assert_passed();
    assert_clean("the output", &output.text());
}

#[tokio::test]
async fn inner_not_utf_8() {
    if is_inner("mistakes::inner_not_utf_8") {
        let error = expect_error(Config::load().await);
        assert_error(
            &error,
            ErrorKind::Options,
            &["`STAGE_CONFIG_SET__TIMEOUT_S`: it is not UTF-8"],
        );
    }
}
