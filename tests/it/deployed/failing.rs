//! INIT fails, takes too long, or is killed.

use std::ffi::OsString;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use super::function::{Invocation, Server, policy};

/// Asserts that INIT failed with this type of error, and a message with these words.
#[track_caller]
fn assert_init_failed(invocation: Invocation, error_type: &str, words: &[&str]) {
    let body = invocation.assert_failed().body;
    // The function reports the error to the runtime API. The server shows this report as a Python
    // dictionary.
    let error_type = format!("'errorType': '{error_type}'");
    for word in [&["init error: ", &*error_type], words].concat() {
        assert!(body.contains(word), "{word:?} is not in: {body}");
    }
}

#[tokio::test]
async fn a_failed_init_reports_the_reason_and_the_type_of_the_error() {
    let server = Server::start("prod").await;
    server.create_function("unset", "prod", &[]);
    let unset = server.invoke("unset");
    assert_init_failed(
        unset,
        "StageConfig.Stage",
        &["`stage` is not set", "`prod`"],
    );

    server.create_function("mistyped", "prod", &[("stage", "prodution")]);
    let words = ["`prodution`", "did you mean `prod`?"];
    let mistyped = server.invoke("mistyped");
    assert_init_failed(mistyped, "StageConfig.Stage", &words);
    assert_eq!(server.stores.operations(), [""; 0], "no store is asked");

    // The stage `dev` has no values.
    server.create_function("missing", "dev", &[("stage", "dev")]);
    let missing = server.invoke("missing");
    let words = ["stripe_key", "/payments/dev/stripe_key", "db_url"];
    assert_init_failed(missing, "StageConfig.Missing", &words);

    let mut without_secrets = policy("prod");
    without_secrets["Statement"]
        .as_array_mut()
        .expect("a list")
        .retain(|statement| !statement["Action"].to_string().contains("secretsmanager:"));
    server.create_function_with("denied", &without_secrets, &[("stage", "prod")]);
    let denied = server.invoke("denied");
    let words = [
        "db_password",
        "payments/prod/db",
        "secretsmanager:GetSecretValue",
    ];
    assert_init_failed(denied, "StageConfig.Denied", &words);

    // After a failed INIT, the next invocation starts the function again. So the function works as
    // soon as the values exist.
    let again = server.invoke("missing");
    assert_init_failed(again, "StageConfig.Missing", &["stripe_key"]);
    server.fill("dev").await;
    server.invoke("missing").assert_charged();
}

#[test]
fn a_function_that_is_killed_in_init_starts_again() {
    let (runtime, server) = start();
    server.create_function("killed", "prod", &[("stage", "prod")]);

    server.stores.hold();
    let killed = thread::scope(|scope| {
        let invocation = scope.spawn(|| server.invoke("killed"));
        runtime.block_on(server.stores.wait_for_arrival());
        let [process] = &*find_processes(&server) else {
            panic!("one process runs the function")
        };
        let status = Command::new("kill").arg("-KILL").arg(process).status();
        assert!(status.expect("`kill` starts").success());
        invocation.join().expect("the server answers")
    });
    let body = killed.assert_failed().body;
    assert!(body.contains("exited during init with code -9"), "{body}");

    server.stores.release();
    server.invoke("killed").assert_charged();
}

/// Lambda ends an INIT of more than ten seconds, and runs it again within the timeout of the
/// function.
#[test]
fn an_init_that_takes_too_long_is_run_again() {
    const TIMEOUT: Duration = Duration::from_secs(30);
    const PAUSE: Duration = Duration::from_millis(20);

    let (runtime, server) = start();
    let variables = [("stage", "prod"), ("STAGE_CONFIG_TIMEOUT", "25s")];
    server.create_function("slow", "prod", &variables);

    server.stores.hold();
    let slow = thread::scope(|scope| {
        let invocation = scope.spawn(|| server.invoke("slow"));
        runtime.block_on(server.stores.wait_for_arrival());
        let first = find_processes(&server);
        assert_eq!(first.len(), 1, "{first:?}");

        let deadline = Instant::now() + TIMEOUT;
        let mut second = first.clone();
        while second.is_empty() || second == first {
            assert!(Instant::now() < deadline, "INIT is not run again");
            thread::park_timeout(PAUSE);
            second = find_processes(&server);
        }
        server.stores.release();
        invocation.join().expect("the server answers")
    });
    slow.assert_charged();
}

/// Starts a server with the values of the stage `prod`. Returns it with the runtime on which a test
/// waits for requests.
fn start() -> (Runtime, Server) {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let server = runtime.block_on(Server::start("prod"));
    (runtime, server)
}

/// Returns the identifiers of the processes that run a function of the server.
fn find_processes(server: &Server) -> Vec<OsString> {
    let variable = format!("AWS_ENDPOINT_URL=http://{}", server.proxy.address());
    let has_variable = |process: &fs::DirEntry| {
        // The file cannot be read if the process has ended, or belongs to another user.
        let variables = fs::read(process.path().join("environ")).unwrap_or_default();
        let mut variables = variables.split(|byte| *byte == 0);
        variables.any(|one| one == variable.as_bytes())
    };
    fs::read_dir("/proc")
        .expect("Linux has this folder")
        .filter_map(Result::ok)
        .filter(has_variable)
        .map(|process| process.file_name())
        .collect()
}
