//! Answers that are invalid, or that do not match the request; the names and versions in answers;
//! and values of another account.

use super::*;
use serde_json::{Value, json};

/// Asserts that a load fails with this kind and these words if the endpoint always gives this
/// answer with status 200.
async fn assert_fails_with(answer: &str, kind: FailureKind, words: &[&str]) {
    let endpoint = start_answering(Answer::Whole {
        status: 200,
        body: answer.to_owned(),
    });
    let timeout = Duration::from_millis(300);
    let failure = expect_failure(
        loader::<One>(endpoint.url())
            .timeout(timeout)
            .resolve()
            .await,
    );
    assert_failure(&failure, "a", kind, words);
    assert!(
        !failure.to_string().contains("planted"),
        "a part of the answer is shown: {failure}"
    );
}

#[tokio::test]
async fn malformed_answers_are_errors() {
    for answer in [
        "",
        "{",
        "[]",
        "null",
        "<html>planted</html>",
        r#"{"Parameters":"planted"}"#,
        r#"{"Parameters":[{"Name":"/faults/a","Value":"planted"}"#,
        r#"{"Parameters":[{"Name":"/faults/a","Value":["planted"]}]}"#,
    ] {
        assert_fails_with(
            answer,
            FailureKind::InvalidAnswer,
            &["/faults/a", "which server answers"],
        )
        .await;
    }
}

#[tokio::test]
async fn a_name_missing_from_the_answer_is_an_error() {
    let answers = [
        json!({}),
        json!({ "Parameters": [], "InvalidParameters": [] }),
        json!({ "Unknown": "planted" }),
    ];
    for answer in answers {
        assert_fails_with(
            &answer.to_string(),
            FailureKind::InvalidAnswer,
            &["/faults/a"],
        )
        .await;
    }
}

#[tokio::test]
async fn a_parameter_without_a_value_is_an_error() {
    let mut parameter = Parameter::text("planted").json("/faults/a");
    parameter
        .as_object_mut()
        .expect("an object")
        .remove("Value");
    let answer = json!({ "Parameters": [parameter], "InvalidParameters": [] });
    assert_fails_with(
        &answer.to_string(),
        FailureKind::InvalidAnswer,
        &["/faults/a"],
    )
    .await;
}

#[tokio::test]
async fn names_are_compared_exactly() {
    for name in [
        "/Faults/a",
        "/faults/A",
        "faults/a",
        "/faults/a/",
        "/faults/a:1",
    ] {
        let answer = json!({ "Parameters": [Parameter::text("planted").json(name)], "InvalidParameters": [] });
        assert_fails_with(
            &answer.to_string(),
            FailureKind::InvalidAnswer,
            &["/faults/a"],
        )
        .await;
    }
}

#[tokio::test]
async fn unrequested_names_are_ignored() {
    let answer_extended = |request: &Request| {
        let mut body = create_one_parameter().body(&request.names);
        let insert = |key: &str, item: Value, body: &mut Value| {
            body[key].as_array_mut().expect("a list").insert(0, item)
        };
        insert(
            "Parameters",
            Parameter::text("planted").json("/faults/other"),
            &mut body,
        );
        insert("InvalidParameters", json!("/faults/unrequested"), &mut body);
        Answer::json(&body)
    };
    let endpoint = Endpoint::start(answer_extended);
    let Loaded { config, report, .. } = resolve::<One>(endpoint.url())
        .await
        .expect("the requested value exists");
    assert_eq!(config.a, "the value of a");
    assert!(!report.to_string().contains("other"), "{report}");
}

#[tokio::test]
async fn selectors_of_one_parameter_are_distinguished() {
    #[derive(StageConfig)]
    struct Versions {
        #[stage(dev = "/faults/a")]
        latest: String,
        #[stage(dev = "/faults/a:1")]
        first: String,
        #[stage(dev = "/faults/a:blue")]
        blue: String,
        #[stage(dev = "/faults/a:green")]
        green: Option<String>,
    }

    let texts = [("/faults/a:1", "1"), ("/faults/a:blue", "2")];
    let latest = Parameter::text("3").version(3);
    let endpoint = Endpoint::with_parameters(Parameters::texts(texts).with("/faults/a", latest));
    let config = resolve::<Versions>(endpoint.url())
        .await
        .expect("three versions exist")
        .config;
    let values = (
        config.latest.as_str(),
        config.first.as_str(),
        config.blue.as_str(),
        config.green.as_deref(),
    );
    assert_eq!(values, ("3", "1", "2", None));
}

/// The documentation of Parameter Store does not show whether an answer has the version in `Name`
/// or in `Selector`, so a load accepts both.
#[tokio::test]
async fn references_to_secrets_are_read_with_their_version() {
    #[derive(StageConfig)]
    struct References {
        #[stage(dev = "/aws/reference/secretsmanager/rds!db-1#password")]
        current: SecretString,
        #[stage(dev = "/aws/reference/secretsmanager/rds!db-1:AWSPREVIOUS#password")]
        previous: SecretString,
        #[stage(
            dev = "/aws/reference/secretsmanager//prod/db:1234abcd-12ab-34cd-56ef-1234567890ab"
        )]
        numbered: SecretString,
    }

    let secrets = Parameters::default()
        .with(
            "/aws/reference/secretsmanager/rds!db-1",
            Parameter::secure(r#"{"password":"new"}"#),
        )
        .with(
            "/aws/reference/secretsmanager/rds!db-1:AWSPREVIOUS",
            Parameter::secure(r#"{"password":"old"}"#),
        )
        .with(
            "/aws/reference/secretsmanager//prod/db:1234abcd-12ab-34cd-56ef-1234567890ab",
            Parameter::secure("numbered"),
        );
    for is_selector_in_name in [false, true] {
        let secrets = secrets.clone();
        let endpoint = Endpoint::start(move |request| {
            let mut body = secrets.body(&request.names);
            let parameters = body["Parameters"].as_array_mut().expect("a list");
            for parameter in parameters.iter_mut().filter(|_| is_selector_in_name) {
                if let Some(Value::String(selector)) = parameter["Selector"].take().into() {
                    let name = parameter["Name"].as_str().expect("a name").to_owned();
                    parameter["Name"] = json!(name + &selector);
                }
            }
            Answer::json(&body)
        });
        let config = resolve::<References>(endpoint.url())
            .await
            .expect("the secrets exist")
            .config;
        let values = [config.current, config.previous, config.numbered];
        let values = values.each_ref().map(ExposeSecret::expose_secret);
        assert_eq!(values, ["new", "old", "numbered"]);
    }
}

#[tokio::test]
async fn a_parameter_requested_by_arn_is_recognized_by_its_arn() {
    const A: &str = "arn:aws:ssm:eu-west-1:111111111111:parameter/faults/a";
    const B: &str = "arn:aws:ssm:eu-west-1:222222222222:parameter/faults/a";
    #[derive(StageConfig)]
    struct Arns {
        #[stage(dev = "arn:aws:ssm:eu-west-1:111111111111:parameter/faults/a")]
        a: String,
        #[stage(dev = "arn:aws:ssm:eu-west-1:222222222222:parameter/faults/a")]
        b: String,
    }

    // In the answer, both parameters have the name `/faults/a`. Only the ARNs distinguish them.
    let named =
        |value: &str, account: &str| Parameter::text(value).in_account(account).json("/faults/a");
    let answer = json!({ "Parameters": [named("b", "222222222222"), named("a", "111111111111")], "InvalidParameters": [] });
    let endpoint = Endpoint::start(move |request| {
        assert!(
            request.asks_for(A) && request.asks_for(B),
            "the call does not request both: {request:?}"
        );
        Answer::json(&answer)
    });
    let config = resolve::<Arns>(endpoint.url())
        .await
        .expect("both values exist")
        .config;
    assert_eq!((config.a.as_str(), config.b.as_str()), ("a", "b"));
}

#[tokio::test]
async fn a_value_of_another_account_is_refused() {
    #[derive(StageConfig)]
    #[stage(dev = "/faults/{field}")]
    #[config(account(dev = "111122223333"))]
    #[allow(dead_code)]
    struct Guarded {
        a: String,
        b: String,
    }

    let own = Parameter::text("mine").in_account("111122223333");
    let foreign = Parameter::text("planted").in_account("999999999999");
    let endpoint = Endpoint::with_parameters(
        Parameters::default()
            .with("/faults/a", own)
            .with("/faults/b", foreign),
    );
    let failure = expect_failure(resolve::<Guarded>(endpoint.url()).await);
    let words = ["/faults/b", "999999999999", "111122223333", "account("];
    assert_failure(&failure, "b", FailureKind::WrongAccount, &words);
    assert!(!failure.to_string().contains("planted"), "{failure}");
}

/// `cargo stage check --no-decrypt` cannot see whether the JSON has the key, so it reports the
/// wrong account. A load reports the same.
#[tokio::test]
async fn a_value_of_another_account_is_refused_even_if_its_json_lacks_the_key() {
    #[derive(StageConfig)]
    #[config(account(dev = "111122223333"))]
    #[allow(dead_code)]
    struct Guarded {
        #[stage(dev = ["/faults/a#key", "/faults/b"])]
        a: String,
        #[config(default = 1)]
        #[stage(dev = "/faults/a#key")]
        c: u8,
    }

    let foreign = || Parameter::text("{}").in_account("999999999999");
    let own = Parameter::text("mine").in_account("111122223333");
    let endpoint = Endpoint::with_parameters(
        Parameters::default()
            .with("/faults/a", foreign())
            .with("/faults/b", own),
    );
    let error = expect_error(resolve::<Guarded>(endpoint.url()).await);
    let failed: Vec<_> = error
        .failures()
        .iter()
        .map(|failure| (failure.field(), failure.kind()))
        .collect();
    assert_eq!(
        failed,
        [
            ("a", FailureKind::WrongAccount),
            ("c", FailureKind::WrongAccount)
        ]
    );
}

/// A configuration whose source names another account than `account(…)`.
#[derive(StageConfig)]
#[config(account(dev = "111122223333"))]
struct ByArn {
    #[stage(dev = "arn:aws:ssm:eu-west-1:999999999999:parameter/faults/a")]
    a: String,
}

#[tokio::test]
async fn the_account_of_an_arn_source_is_checked() {
    let arn = "arn:aws:ssm:eu-west-1:999999999999:parameter/faults/a";
    // The answer has no `ARN` member, so the account is read from the source.
    let answer = json!({ "Parameters": [{ "Name": arn, "Type": "String", "Value": "planted", "Version": 1 }] });
    let endpoint = start_answering(Answer::json(&answer));
    let failure = expect_failure(resolve::<ByArn>(endpoint.url()).await);
    assert_failure(
        &failure,
        "a",
        FailureKind::WrongAccount,
        &["999999999999", "111122223333"],
    );
}

#[tokio::test]
async fn local_values_skip_the_account_check() {
    let arn = "arn:aws:ssm:eu-west-1:999999999999:parameter/faults/a";
    let values = stage_config::testing::Memory::new().set(arn, "mine");
    let loaded = ByArn::loader()
        .stage("dev")
        .local(values)
        .resolve()
        .await
        .expect("no value is fetched");
    assert_eq!(loaded.config.a, "mine");
}

#[tokio::test]
async fn the_account_of_the_root_applies_to_a_nested_struct() {
    #[derive(StageConfig)]
    #[stage(dev = "/faults/inner/{field}")]
    #[config(account(dev = "999999999999"))]
    #[allow(dead_code)]
    struct Inner {
        a: String,
    }
    #[derive(StageConfig)]
    #[stage(dev = "/faults/{field}")]
    #[config(account(dev = "111122223333"))]
    #[allow(dead_code)]
    struct Root {
        #[config(nested)]
        inner: Inner,
    }

    let foreign = Parameter::text("planted").in_account("999999999999");
    let endpoint =
        Endpoint::with_parameters(Parameters::default().with("/faults/inner/a", foreign));
    let failure = expect_failure(resolve::<Root>(endpoint.url()).await);
    assert_failure(
        &failure,
        "inner.a",
        FailureKind::WrongAccount,
        &["999999999999", "111122223333"],
    );
}
