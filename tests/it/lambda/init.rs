//! The loads of a function in INIT, and the reports of failed loads.

use std::time::Instant;

use lambda_runtime::{Runtime, service_fn};
use stage_config::ErrorKind;

use super::*;
use crate::support::child;
use crate::support::planted::assert_clean;
use crate::support::scripted::Answer;

/// Runs an inner test with the variables of an on-demand function. `more` replaces variables, and
/// removes a variable if the new value is empty.
#[track_caller]
fn run(
    inner: &str,
    endpoint: &Endpoint,
    api: &str,
    more: &[(&'static str, &str)],
) -> child::ChildOutput {
    let mut all = variables(endpoint, api, "on-demand");
    all.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    let more = more.iter().filter(|(_, value)| !value.is_empty());
    all.extend(more.map(|(name, value)| (*name, (*value).to_owned())));
    let output = child::run(&format!("lambda::init::{inner}"), &all).assert_passed();
    assert_clean("the output", &output.text());
    output
}

#[tokio::test]
async fn inner_serve() {
    if child::is_inner("lambda::init::inner_serve") {
        let create = || Runtime::new(service_fn(handle));
        let runtime = stage_config::lambda::load::<Config, _>(create)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(Config::try_get().is_some(), "the load is not done in INIT");
        runtime.run().await.expect_err("the runtime API ends");
    }
}

/// The tests of the module `restore` use the type `snap-start`.
#[test]
fn every_type_except_snap_start_loads_before_the_first_event() {
    for initialization in [
        "on-demand",
        "provisioned-concurrency",
        "lambda-managed-instances",
        "something-new",
    ] {
        let endpoint = Endpoint::with_parameters(create_parameters());
        let api = RuntimeApi::start_ending(2);
        let kind = [("AWS_LAMBDA_INITIALIZATION_TYPE", initialization)];
        run("inner_serve", &endpoint, api.address(), &kind);
        let responses = api.calls("/response");
        let bodies: Vec<_> = responses.iter().map(|call| &*call.body).collect();
        assert_eq!(bodies, ["true", "true"], "{initialization}");
        assert_eq!(endpoint.requests().len(), 1, "{initialization}");
        assert_eq!(api.calls("/error").len(), 0, "{initialization}");
    }
}

#[tokio::test]
async fn inner_fails() {
    if !child::is_inner("lambda::init::inner_fails") {
        return;
    }
    let start = Instant::now();
    let create = || Runtime::new(service_fn(handle));
    let result = stage_config::lambda::load::<Config, _>(create).await;
    let error = result.err().expect("the load fails");
    let words = std::env::var("WORDS").expect("the outer test sets the words");
    assert!(error.to_string().contains(&words), "{error}");
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

/// The type is the kind of the failed field. A load that fails before its wave has no failed field,
/// so its type is the kind of the error.
#[test]
fn a_failed_init_is_reported_with_its_type_and_its_message() {
    let port = |text| create_parameters().with("/lambda/port", Parameter::text(text));
    let denied = || {
        Endpoint::start(|request| create_parameters().answer_denying(&["/lambda/port"], request))
    };
    let failing = |answer: Answer| Endpoint::start(move |_| answer.clone());
    let key_only = Parameters::default().with("/lambda/key", Parameter::secure(SECRET));
    let timeout = ("STAGE_CONFIG_TIMEOUT", "1s");
    for (endpoint, variable, error_type, words) in [
        (
            Endpoint::with_parameters(key_only),
            timeout,
            "Missing",
            "port: missing",
        ),
        (denied(), timeout, "Denied", "port: denied"),
        (
            Endpoint::with_parameters(port(SECRET)),
            timeout,
            "Undecodable",
            "port: undecodable",
        ),
        (
            failing(Answer::throttled()),
            timeout,
            "Throttled",
            "key: throttled",
        ),
        (
            failing(Answer::expired_token()),
            timeout,
            "Credentials",
            "ExpiredTokenException",
        ),
        (
            failing(Answer::Hangs),
            timeout,
            "TimedOut",
            "port: timed out",
        ),
        (failing(Answer::Hangs), ("stage", ""), "Stage", "`stage`"),
        (
            failing(Answer::Hangs),
            ("stage", "dve"),
            "Stage",
            "did you mean",
        ),
        (
            failing(Answer::Hangs),
            ("STAGE_CONFIG_TIMEUOT", "1s"),
            "Options",
            "STAGE_CONFIG_TIMEOUT",
        ),
        (
            failing(Answer::Hangs),
            ("STAGE_CONFIG_LOCAL", "/x"),
            "Local",
            "STAGE_CONFIG_LOCAL",
        ),
    ] {
        let api = RuntimeApi::start(0);
        let more = [("WORDS", words), variable];
        run("inner_fails", &endpoint, api.address(), &more);
        let calls = api.wait_for("/error", 1);
        let [call] = &calls[..] else {
            panic!("{calls:?}")
        };
        assert_eq!(call.path, "/init/error");
        assert_clean("the report", &call.body);
        let error_type = format!("StageConfig.{error_type}");
        assert_eq!(call.error_type.as_ref(), Some(&error_type), "{call:?}");
        let body = call.json();
        assert_eq!(body["errorType"], error_type);
        assert_eq!(body["stackTrace"], serde_json::json!([]));
        let message = body["errorMessage"].as_str().expect("a text");
        assert!(
            message.contains(words) && message.contains("`Config`"),
            "{message}"
        );
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn a_failed_init_is_logged_as_one_line_of_json_if_the_log_has_that_format() {
    for (format, count) in [("JSON", 1), ("Text", 0), ("", 0)] {
        let endpoint = Endpoint::with_parameters(Parameters::default());
        let api = RuntimeApi::start(0);
        let more = [("WORDS", "missing"), ("AWS_LAMBDA_LOG_FORMAT", format)];
        let output = run("inner_fails", &endpoint, api.address(), &more);
        let lines: Vec<Value> = output
            .stderr
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        assert_eq!(lines.len(), count, "{}", output.stderr);
        for line in lines {
            assert_eq!(line["level"], "ERROR");
            assert_eq!(line["errorType"], "StageConfig.Missing");
            let message = line["message"].as_str().expect("a text");
            assert!(message.contains("key: missing") && message.contains("port: missing"));
            assert!(line["timestamp"].as_str().expect("a time").ends_with('Z'));
        }
    }
}

/// The runtime APIs of this test answer nonsense, hang, are down, or have no valid address.
#[test]
fn a_runtime_api_without_a_valid_answer_does_not_change_the_error() {
    let endpoint = || Endpoint::with_parameters(Parameters::default());
    let missing = [("WORDS", "port: missing")];
    let (address, server) = serve_nonsense();
    run("inner_fails", &endpoint(), &address, &missing);
    server.join().expect("the server ends");

    let hanging = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = hanging.local_addr().expect("an address").to_string();
    run("inner_fails", &endpoint(), &address, &missing);
    drop(hanging);
    run("inner_fails", &endpoint(), &address, &missing);
    run("inner_now", &endpoint(), &address, &missing);
    run(
        "inner_now",
        &endpoint(),
        &address,
        &[("AWS_LAMBDA_RUNTIME_API", ""), missing[0]],
    );
    run("inner_now", &endpoint(), "no address", &missing);
}

/// `Runtime::new` panics if one of these variables is missing or invalid.
#[test]
fn a_variable_that_the_runtime_needs_is_an_error_if_it_is_missing_or_wrong() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let api = RuntimeApi::start(0);
    for (variable, value, words) in [
        (
            "AWS_LAMBDA_RUNTIME_API",
            "",
            "`AWS_LAMBDA_RUNTIME_API` is not set",
        ),
        (
            "AWS_LAMBDA_RUNTIME_API",
            "no address",
            "`AWS_LAMBDA_RUNTIME_API` is not an address",
        ),
        (
            "AWS_LAMBDA_FUNCTION_NAME",
            "",
            "start the program with `cargo lambda watch`",
        ),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "128 MB",
            "`AWS_LAMBDA_FUNCTION_MEMORY_SIZE` is not a number of MB",
        ),
    ] {
        let more = [("WORDS", words), (variable, value)];
        run("inner_fails", &endpoint, api.address(), &more);
    }
    assert_eq!(
        endpoint.requests().len(),
        0,
        "a value was fetched, although the runtime cannot start"
    );

    // The other processes send no report: each has no valid address of a runtime API, or does not
    // run as a function.
    let [call] = &api.wait_for("/init/error", 1)[..] else {
        panic!("one report is expected")
    };
    assert_eq!(call.error_type.as_deref(), Some("StageConfig.Runtime"));
}

#[test]
fn load_now_before_a_snapshot_is_refused_and_reported() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let snap_start = [
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start"),
        ("WORDS", "|| Runtime::new(…)"),
    ];
    let api = RuntimeApi::start(0);
    run("inner_now", &endpoint, api.address(), &snap_start);
    assert_eq!(
        endpoint.requests().len(),
        0,
        "a value would be in the snapshot"
    );
    let [call] = &api.wait_for("/init/error", 1)[..] else {
        panic!("one report is expected")
    };
    assert_eq!(call.error_type.as_deref(), Some("StageConfig.Options"));
    run("inner_now", &endpoint, api.address(), &[("WORDS", "")]);
    assert_eq!(endpoint.requests().len(), 1);
    assert_eq!(api.calls("/init/error").len(), 1);
}

#[tokio::test]
async fn inner_now() {
    if !child::is_inner("lambda::init::inner_now") {
        return;
    }
    let result = stage_config::lambda::load_now::<Config>().await;
    match (std::env::var("WORDS"), result) {
        (Ok(words), Err(error)) => {
            assert!(error.to_string().contains(&words), "{error}");
            assert!([ErrorKind::Options, ErrorKind::Unresolved].contains(&error.kind()));
        }
        (Err(_), Ok(config)) => assert_eq!(config.port, 8080),
        (_, result) => panic!("another result is expected: {:?}", result.err()),
    }
}
