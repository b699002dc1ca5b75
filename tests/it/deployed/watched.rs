//! `cargo lambda watch` and `cargo lambda invoke`: the function runs with local values.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::apis::Apis;
use super::build::{artifacts, cargo_lambda, find_host, set_variables};
use super::http;
use crate::support::child;

/// The key and the password in the local file.
const KEY: &str = "sk_test_local";
const PASSWORD: &str = "local";

/// A process that is killed when this value is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn cargo_lambda_runs_the_function_with_the_values_of_its_local_file() {
    // This call builds the function. `watch` uses the same build, so it only starts the function.
    artifacts();
    let apis = Apis::start(KEY);
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let [local, log] = ["local.toml", "log"].map(|name| folder.path().join(name));
    fs::write(&local, local_values(apis.url())).expect("the file can be written");
    let (watch, port) = start_watch(&local, &log);

    let mut invoke = cargo_lambda("invoke");
    invoke
        .args(["--invoke-address", "127.0.0.1"])
        .args(["--invoke-port", &port.to_string()])
        .arg("--data-ascii")
        .arg(json!({ "order": "o-1", "amount": 250 }).to_string())
        .arg("payments");
    let invoked = child::run_to_end(&mut invoke).assert_passed();
    let charge: Value = serde_json::from_str(&invoked.stdout).expect("the function answers JSON");
    assert_eq!(charge, json!({ "id": "ch_1" }));
    assert_eq!(apis.passwords(), [PASSWORD]);

    drop(watch);
    let log = fs::read_to_string(&log).expect("the function wrote its log");
    let warnings: Vec<_> = log
        .lines()
        .filter(|line| line.contains("emulator of Lambda"))
        .collect();
    assert!(
        matches!(*warnings, [warning] if warning.contains("`AWS_LAMBDA_RUNTIME_API` has a path")),
        "{log}"
    );
    assert!(!log.contains(KEY), "{log}");
}

/// Returns the text of the example's local file, in which `url` replaces the URLs of both APIs.
fn local_values(url: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lambda/payments/local.toml");
    let mut text = fs::read_to_string(path).expect("the example has a local file");
    assert!(text.contains(KEY) && text.contains(&format!("db_password = \"{PASSWORD}\"")));
    for documented in ["http://127.0.0.1:12111", "http://127.0.0.1:8123"] {
        assert!(text.contains(documented), "{text}");
        text = text.replace(documented, url);
    }
    text
}

/// Starts `cargo lambda watch`, which starts the function at its first invocation. Returns the
/// process of `watch` and its port. `watch` does not report a port that the system chooses. So this
/// helper passes a free port, and tries another one if a program has taken that port in the
/// meantime. The function ends when `watch` ends, because the function loses its runtime API.
fn start_watch(local: &Path, log: &Path) -> (Running, u16) {
    const ATTEMPTS: u32 = 5;

    for _ in 0..ATTEMPTS {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        drop(listener);
        let log = File::create(log).expect("the file can be created");
        let mut command = cargo_lambda("watch");
        set_variables(&mut command);
        command
            .args(["--package", "payments", "--ignore-changes"])
            .args(["--invoke-address", "127.0.0.1"])
            .args(["--invoke-port", &port.to_string()])
            // `cargo lambda build` builds for this target too.
            .env("CARGO_BUILD_TARGET", find_host())
            .env("STAGE_CONFIG_LOCAL", local)
            .env("stage", "dev")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null());
        let mut watch = Running(command.spawn().expect("cargo-lambda starts"));
        if wait_until_ready(&mut watch.0, port) {
            return (watch, port);
        }
    }
    panic!("`cargo lambda watch` did not start in {ATTEMPTS} attempts")
}

/// Waits until `cargo lambda watch` answers. Returns `false` if it ended.
fn wait_until_ready(watch: &mut Child, port: u16) -> bool {
    const TIMEOUT: Duration = Duration::from_secs(30);
    const PAUSE: Duration = Duration::from_millis(5);

    let deadline = Instant::now() + TIMEOUT;
    let address = format!("127.0.0.1:{port}");
    let path = "/2015-03-31/functions/absent/invocations";
    while watch.try_wait().expect("a child has a status").is_none() {
        let answer = http::post(&address, path, &[], "{}");
        if answer.is_ok_and(|answer| answer.body.contains("Missing function")) {
            return true;
        }
        assert!(
            Instant::now() < deadline,
            "`cargo lambda watch` does not answer"
        );
        thread::park_timeout(PAUSE);
    }
    false
}
