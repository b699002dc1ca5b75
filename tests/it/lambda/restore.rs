//! SnapStart: loads after a restore, a load before the snapshot, and restores that fail.

use lambda_runtime::{Runtime, service_fn};
use serde_json::json;

use super::runtime_api::Script;
use super::*;
use crate::support::child::{self, ChildOutput};
use crate::support::planted::assert_clean;
use crate::support::scripted::Answer;

#[derive(StageConfig)]
#[stage(dev = "/lambda/{field}")]
struct Other {
    port: u16,
}

/// Runs an inner test as a function with SnapStart and credentials from the container endpoint.
/// When the function waits for the restore, asserts that it has sent no request, and then releases
/// the restore.
#[track_caller]
fn run(
    inner: &str,
    endpoint: &Endpoint,
    api: &RuntimeApi,
    more: &[(&'static str, &str)],
) -> ChildOutput {
    let credentials = json!({
        "AccessKeyId": "RESTOREDKEY",
        "SecretAccessKey": SECRET,
        "Token": SECRET,
        "Expiration": "2999-01-01T00:00:00Z",
    });
    let container = Endpoint::start(move |_| Answer::json(&credentials));
    let mut all = variables(endpoint, api.address(), "snap-start");
    all.retain(|(name, _)| !name.contains("ACCESS_KEY"));
    all.push((
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        container.url().to_owned(),
    ));
    all.extend(
        more.iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    std::thread::scope(|scope| {
        let child = scope.spawn(|| child::run(&format!("lambda::restore::{inner}"), &all));
        api.wait_for("/restore/next", 1);
        assert_eq!(endpoint.requests().len(), 0, "a load before the snapshot");
        assert_eq!(
            container.requests().len(),
            0,
            "credentials before the snapshot"
        );
        api.restore();
        let output = child
            .join()
            .expect("the child process ends")
            .assert_passed();
        assert_clean("the output", &output.text());
        output
    })
}

#[test]
fn a_function_loads_nothing_before_the_snapshot_and_everything_after_the_restore() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let api = RuntimeApi::start_ending(1);
    let output = run("inner_restore", &endpoint, &api, &[]);
    assert_eq!(api.calls("/response")[0].body, "true");
    assert_eq!(api.calls("/error").len(), 0);
    let requests = endpoint.requests();
    let [request] = &requests[..] else {
        panic!("one request is expected: {requests:?}")
    };
    let authorization = request.header("authorization").expect("it is signed");
    assert!(authorization.contains("RESTOREDKEY/"), "{authorization}");
    assert!(
        !output.text().contains("BEFORE RESTORE"),
        "{}",
        output.text()
    );
}

#[tokio::test]
async fn inner_restore() {
    if child::is_inner("lambda::restore::inner_restore") {
        let create = || Runtime::new(service_fn(handle));
        let runtime = stage_config::lambda::load::<Config, _>(create)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(Config::try_get().is_none(), "a load before the snapshot");
        runtime.run().await.expect_err("the runtime API ends");
        let report = Config::live().expect("it is loaded").report();
        assert!(!report.before_restore, "{report}");
    }
}

#[test]
fn several_configurations_are_loaded_together_after_the_restore() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let api = RuntimeApi::start_ending(1);
    run("inner_several", &endpoint, &api, &[]);
    assert_eq!(api.calls("/response")[0].body, "true");
    assert_eq!(endpoint.requests().len(), 1, "both have the same address");
}

#[tokio::test]
async fn inner_several() {
    if child::is_inner("lambda::restore::inner_several") {
        let create = || Runtime::new(service_fn(handle));
        let load = || stage_config::load!(Config, Other);
        let runtime = stage_config::lambda::load_with(create, load)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        runtime.run().await.expect_err("the runtime API ends");
        assert_eq!(Other::get().port, 8080);
    }
}

#[test]
fn a_load_that_fails_fails_the_restore_with_the_same_message() {
    let key_only = Parameters::default().with("/lambda/key", Parameter::secure(SECRET));
    let wrong = create_parameters().with("/lambda/port", Parameter::text(SECRET));
    for (parameters, words, error_type) in [
        (key_only, "port: missing, /lambda/port", "Missing"),
        (wrong, "port: undecodable, /lambda/port", "Undecodable"),
    ] {
        let endpoint = Endpoint::with_parameters(parameters);
        let api = RuntimeApi::start(0);
        let more = [("WORDS", words), ("AWS_LAMBDA_LOG_FORMAT", "JSON")];
        let output = run("inner_fails", &endpoint, &api, &more);
        assert_reported(&api, words);
        // The runtime reports a failed restore with its own type, so only the log has the type of
        // the error.
        let error_type = format!(r#""errorType":"StageConfig.{error_type}""#);
        let is_logged = |line: &str| line.starts_with('{') && line.contains(&error_type);
        assert!(output.stderr.lines().any(is_logged), "{}", output.stderr);
    }
}

/// `STAGE_CONFIG_TIMEOUT` gives a load more time than Lambda gives a restore.
#[test]
fn a_load_that_hangs_ends_before_the_restore_times_out() {
    let endpoint = Endpoint::start(|_| Answer::Hangs);
    let api = RuntimeApi::start(0);
    let words = "port: timed out, /lambda/port";
    let more = [("WORDS", words), ("STAGE_CONFIG_TIMEOUT", "60s")];
    let start = std::time::Instant::now();
    run("inner_fails", &endpoint, &api, &more);
    assert_reported(&api, words);
    let elapsed = start.elapsed().as_secs();
    assert!((8..14).contains(&elapsed), "the restore took {elapsed} s");
}

/// The first load uses up the time of the restore, so the second load must fail at once.
#[test]
fn two_loads_share_the_time_of_the_restore() {
    let endpoint = Endpoint::start(|_| Answer::Hangs);
    let api = RuntimeApi::start(0);
    let start = std::time::Instant::now();
    run(
        "inner_two",
        &endpoint,
        &api,
        &[("STAGE_CONFIG_TIMEOUT", "60s")],
    );
    let elapsed = start.elapsed().as_secs();
    assert!((8..14).contains(&elapsed), "the restore took {elapsed} s");
}

/// Registers two loads. The first ignores its error, so the second runs too.
#[tokio::test]
async fn inner_two() {
    if child::is_inner("lambda::restore::inner_two") {
        let ignored = || async {
            let result = Config::load().await;
            assert!(result.is_err(), "the store hangs");
            Ok(())
        };
        let create = || Runtime::new(service_fn(handle));
        let runtime = stage_config::lambda::load_with(create, ignored)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let runtime = stage_config::lambda::load::<Other, _>(|| runtime)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let error = runtime.run().await.expect_err("the restore fails");
        assert!(error.to_string().contains("before the timeout"), "{error}");
    }
}

/// If the INIT did not fail, every restored copy of the process would keep the values of this load.
#[test]
fn a_load_before_the_snapshot_fails_the_init() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let api = RuntimeApi::start(0);
    let all = variables(&endpoint, api.address(), "snap-start");
    child::run("lambda::restore::inner_early", &all).assert_passed();
    let calls = api.calls("/init/error");
    let [call] = &calls[..] else {
        panic!("one report is expected: {calls:?}")
    };
    assert_eq!(call.json()["errorType"], "StageConfig.AlreadyLoaded");
}

#[tokio::test]
async fn inner_early() {
    if child::is_inner("lambda::restore::inner_early") {
        let read = std::panic::catch_unwind(|| {
            let _ = Config::get();
        })
        .expect_err("not loaded");
        let message = read.downcast_ref::<String>().expect("a message");
        assert!(message.contains("after the restore"), "{message}");

        Config::load().await.expect("the values exist");
        let create = || Runtime::new(service_fn(handle));
        let result = stage_config::lambda::load::<Config, _>(create).await;
        let error = result.err().expect("a load before the snapshot is refused");
        assert!(error.to_string().contains("snapshot"), "{error}");
    }
}

/// The error names the variable, and comes before the timeout of the load.
#[test]
fn a_credentials_endpoint_that_hangs_fails_the_restore() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let api = RuntimeApi::start(0);
    let hanging = Endpoint::start(|_| Answer::Hangs);
    let words = "`AWS_CONTAINER_CREDENTIALS_FULL_URI` names did not answer";
    let more = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", hanging.url()),
        ("WORDS", words),
    ];
    run("inner_fails", &endpoint, &api, &more);
    assert_reported(&api, words);
}

#[test]
fn a_credentials_endpoint_that_is_down_fails_the_restore() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let api = RuntimeApi::start(0);
    let closed = Endpoint::start(|_| Answer::Hangs);
    let url = closed.url().to_owned();
    drop(closed);
    let words = "`AWS_CONTAINER_CREDENTIALS_FULL_URI` names cannot be reached: connection refused";
    let more = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*url),
        ("WORDS", words),
    ];
    run("inner_fails", &endpoint, &api, &more);
    assert_reported(&api, words);
    assert_eq!(endpoint.requests().len(), 0);
}

/// `lambda_runtime`, not this crate, reports a failed wait for the restore, as an error of INIT.
#[test]
fn a_runtime_api_that_refuses_the_restore_or_answers_nonsense_ends_the_function() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let api = RuntimeApi::start_with(Script {
        restore_status: 500,
        ..Script::default()
    });
    run("inner_unrestored", &endpoint, &api, &[]);
    assert_eq!(api.calls("/init/error").len(), 1);

    let (address, server) = serve_nonsense();
    let all = variables(&endpoint, &address, "snap-start");
    child::run("lambda::restore::inner_unrestored", &all).assert_passed();
    server.join().expect("the server ends");
    assert_eq!(endpoint.requests().len(), 0, "a load without a restore");
}

#[tokio::test]
async fn inner_unrestored() {
    if child::is_inner("lambda::restore::inner_unrestored") {
        let create = || Runtime::new(service_fn(handle));
        let runtime = stage_config::lambda::load::<Config, _>(create)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        runtime.run().await.expect_err("there is no restore");
        assert!(Config::try_get().is_none(), "a load without a restore");
    }
}

/// Asserts that the failed restore was reported with these words, on one line.
#[track_caller]
fn assert_reported(api: &RuntimeApi, words: &str) {
    let calls = api.calls("/error");
    let [call] = &calls[..] else {
        panic!("one report is expected: {calls:?}")
    };
    assert_eq!(call.path, "/restore/error");
    assert_clean("the report", &call.body);
    let body = call.json();
    let message = body["errorMessage"].as_str().expect("a text");
    assert!(
        message.contains(words) && message.contains("`Config`"),
        "{message}"
    );
    assert!(!message.contains('\n'), "{message}");
}

#[tokio::test]
async fn inner_fails() {
    if child::is_inner("lambda::restore::inner_fails") {
        let create = || Runtime::new(service_fn(handle));
        let runtime = stage_config::lambda::load::<Config, _>(create)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let error = runtime.run().await.expect_err("the restore fails");
        let words = std::env::var("WORDS").expect("the outer test sets the words");
        assert!(error.to_string().contains(&words), "{error}");
        assert!(format!("{error:?}").contains(&words), "{error:?}");
        let source = error.source().expect("the error of the load");
        assert!(source.is::<stage_config::Error>());
    }
}
