use super::*;
use std::ffi::OsString;

/// Checks these variables for a caller without options.
fn check_these(variables: &[(&str, &str)]) -> Result<(), Failed> {
    check_for(variables, CallerOptions::default())
}

fn check_for(variables: &[(&str, &str)], options: CallerOptions) -> Result<(), Failed> {
    let read = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| OsString::from(value))
    };
    check(&read, options)
}

/// Returns the failure as one text. Asserts that it is permanent and has a help.
#[track_caller]
fn expect_error(variables: &[(&str, &str)]) -> String {
    let failed = check_these(variables).expect_err("a wrong value was accepted");
    assert!(!failed.transient, "{failed:?}");
    let help = failed.help.expect("the failure has no help").to_string();
    format!("{:?}: {}. Help: {help}", failed.kind, failed.detail)
}

const VALID: [(&str, &str); 13] = [
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    (
        "AWS_SECRET_ACCESS_KEY",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    ),
    ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjE//////////wEaCXVz=="),
    ("AWS_REGION", "us-gov-west-1"),
    ("AWS_PROFILE", "my team"),
    ("AWS_CONFIG_FILE", "/home/jürgen/my files/config"),
    ("AWS_ENDPOINT_URL", "http://localhost:4566"),
    (
        "AWS_ENDPOINT_URL_SSM",
        "https://ssm.eu-west-1.amazonaws.com",
    ),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "False"),
    ("AWS_USE_FIPS_ENDPOINT", "TRUE"),
    ("AWS_MAX_ATTEMPTS", "3"),
    ("AWS_RETRY_MODE", "Adaptive"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"),
];

fn list_names() -> Vec<&'static str> {
    let names = list_variables(&|_| None, CallerOptions::default());
    names
        .into_iter()
        .map(|(name, _)| name)
        .chain(REGIONS)
        .collect()
}

#[test]
fn valid_unset_and_blank_variables_are_accepted() {
    assert_eq!(check_these(&VALID), Ok(()));
    assert_eq!(check_these(&[]), Ok(()));
    for name in list_names() {
        for blank in ["", " ", "\n", "\r\n", "\t "] {
            assert_eq!(check_these(&[(name, blank)]), Ok(()), "{name}={blank:?}");
        }
    }
}

#[test]
fn a_line_end_is_named_with_its_variable_and_without_the_value() {
    for name in list_names() {
        for end in ["\n", "\r", "\r\n"] {
            let error = expect_error(&[(name, &format!("hunter2{end}"))]);
            assert!(
                error.contains(&format!("`{name}` ends with a line end")),
                "{error}"
            );
            assert!(error.contains(&format!("Help: set `{name}` ")), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}

#[test]
fn the_error_for_a_wrong_key_names_the_characters_that_are_not_allowed() {
    for (value, problem) in [
        (" hunter2", "begins or ends with white space"),
        ("\u{a0}hunter2", "begins or ends with white space"),
        ("\"hunter2\"", "is in quotes"),
        ("'hunter2'", "is in quotes"),
        ("hun\nter2", "contains a line end"),
        ("hunter2\0", "another control character"),
        ("hun ter2", "contains a space"),
        ("\u{feff}hunter2", "is not ASCII"),
        ("hunter2–", "is not ASCII"),
    ] {
        for name in KEYS {
            let error = expect_error(&[(name, value)]);
            assert!(error.contains(&format!("`{name}` ")), "{error}");
            assert!(error.contains(problem), "{value:?}: {error}");
            assert!(!error.contains("ter2"), "{error}");
            assert!(error.starts_with("Credentials"), "{error}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf_8_is_a_mistake_and_not_unset() {
    use std::os::unix::ffi::OsStringExt as _;
    for name in list_names() {
        let read = |variable: &str| {
            (variable == name).then(|| OsString::from_vec(b"hunter2\xff".to_vec()))
        };
        let failed = check(&read, CallerOptions::default()).expect_err(name);
        assert_eq!(failed.detail, format!("`{name}` is not UTF-8"));
    }
}

#[test]
fn a_wrong_region_is_shown_only_if_it_resembles_a_region() {
    for (value, expected) in [
        ("eu-west-1a", "is `eu-west-1a`, which is not a region"),
        ("eu-west-1a", "did you mean `eu-west-1`?"),
        ("EU_WEST_1", "did you mean `eu-west-1`?"),
        ("us-esat-1", "did you mean `us-east-1`?"),
        (
            "eu-west-1\n",
            "set `AWS_REGION` to the region `eu-west-1`, without the line end",
        ),
        (
            "\"eu-west-1\"",
            "set `AWS_REGION` to the region `eu-west-1`, without the quotes",
        ),
        ("eu-west-1a\n", "did you mean `eu-west-1`?"),
        ("eu west 1", "contains a space"),
        ("hunter2", "`AWS_REGION` is not a region"),
        ("hunter2", "as in `eu-central-1`"),
        ("hunter2/../x", "is not a region"),
    ] {
        let error = expect_error(&[("AWS_REGION", value)]);
        assert!(error.contains(expected), "{value:?}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
        assert!(error.starts_with("Credentials"), "{error}");
    }
}

#[test]
fn aws_default_region_is_read_only_if_aws_region_is_empty() {
    let second = ("AWS_DEFAULT_REGION", "eu-west-1a");
    assert_eq!(check_these(&[("AWS_REGION", "eu-west-1"), second]), Ok(()));
    assert!(expect_error(&[("AWS_REGION", " "), second]).contains("`AWS_DEFAULT_REGION` is"));
}

#[test]
fn with_an_endpoint_a_region_may_have_a_name_that_resembles_no_region() {
    let endpoint = ("AWS_ENDPOINT_URL_SSM", "http://localhost:4566");
    let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    let local = ("AWS_REGION", "local");
    assert_eq!(check_these(&[endpoint, local]), Ok(()));
    expect_error(&[endpoint, local, ignored]);
    expect_error(&[endpoint, ("AWS_REGION", "eu-west-1a")]);
    expect_error(&[endpoint, ("AWS_REGION", "a/b")]);
}

#[test]
fn the_error_for_a_wrong_endpoint_names_its_variable_and_shows_no_password() {
    for name in ENDPOINTS {
        let text = expect_error(&[(name, "user:hunter2@localhost")]);
        assert!(text.contains(&format!("`{name}` has no scheme")), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.starts_with("Unavailable"), "{text}");
        let text = expect_error(&[(name, "localhost:4566")]);
        assert!(
            text.contains("did you mean `http://localhost:4566`?"),
            "{text}"
        );
        let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        assert_eq!(check_these(&[(name, "hunter2"), ignored]), Ok(()));
    }
}

#[test]
fn the_help_for_any_other_setting_names_its_allowed_values() {
    for (name, value, help) in [
        ("AWS_USE_FIPS_ENDPOINT", "1", "to `true` or `false`"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "yes", "to `true` or `false`"),
        (
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "on",
            "to `true` or `false`",
        ),
        ("AWS_MAX_ATTEMPTS", "0", "to a number"),
        ("AWS_MAX_ATTEMPTS", "three", "to a number"),
        (
            "AWS_RETRY_MODE",
            "legacy",
            "to one of `standard`, `adaptive`",
        ),
        (
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
            "6",
            "to one of `IPv4`, `IPv6`",
        ),
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "/v2/credentials",
            "to a whole URL",
        ),
    ] {
        let error = expect_error(&[(name, value)]);
        assert!(error.contains(&format!("set `{name}` {help}")), "{error}");
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let text = expect_error(&[
        ("AWS_ACCESS_KEY_ID", "a\n"),
        ("AWS_REGION", "eu-west-1a"),
        ("AWS_ENDPOINT_URL_KMS", "localhost"),
        ("AWS_USE_FIPS_ENDPOINT", "1"),
    ]);
    assert_eq!(
        text,
        "Credentials: `AWS_ACCESS_KEY_ID` ends with a line end; `AWS_REGION` is `eu-west-1a`, \
         which is not a region; `AWS_ENDPOINT_URL_KMS` has no scheme; `AWS_USE_FIPS_ENDPOINT` is \
         neither `true` nor `false`. Help: set `AWS_ACCESS_KEY_ID` without the line end; set \
         `AWS_REGION` to a region: did you mean `eu-west-1`?; set `AWS_ENDPOINT_URL_KMS` to a URL \
         with its scheme: did you mean `http://localhost`?; set `AWS_USE_FIPS_ENDPOINT` to `true` \
         or `false`, or unset it"
    );
}

#[test]
fn variables_that_an_option_replaces_are_not_checked() {
    let variables = [("AWS_ACCESS_KEY_ID", "a\n"), ("AWS_PROFILE", "a\n")];
    let options = CallerOptions {
        has_profile: true,
        has_region: false,
    };
    assert_eq!(check_for(&variables, options), Ok(()));
    let options = CallerOptions {
        has_profile: false,
        has_region: true,
    };
    assert_eq!(check_for(&[("AWS_REGION", "a\n")], options), Ok(()));
    let failed = check_for(&variables, options).expect_err("wrong values were accepted");
    let detail = failed.detail;
    assert!(
        detail.contains("`AWS_ACCESS_KEY_ID`") && detail.contains("`AWS_PROFILE`"),
        "{detail}"
    );
}
