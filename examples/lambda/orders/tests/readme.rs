//! The function of the README, on the runtime API of cargo-lambda and with local values.
#![cfg(target_os = "linux")]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::Value;
use stage_config_test_support::{environment, python};

/// A process that is killed when the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_function_answers_as_the_readme_shows() {
    let (_api, port) = start_runtime_api();
    let _function = start_function(port);

    let mut invoke = cargo_lambda("invoke");
    invoke
        .args(["--invoke-address", "127.0.0.1"])
        .args(["--invoke-port", &port.to_string()])
        .args(["--data-ascii", "{}", "orders"]);
    let output = invoke.output().expect("cargo-lambda starts");
    assert!(output.status.success(), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("the function answers JSON");
    assert_eq!(answer, read_printed_answer());
}

/// Returns the answer in the section "Local values" of the README.
fn read_printed_answer() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../README.md");
    let readme = fs::read_to_string(path).expect("the README exists");
    let (_, section) = readme
        .split_once("\n## Local values\n")
        .expect("the README has this section");
    let (_, block) = section
        .split_once("```json\n")
        .expect("the section has a block of JSON");
    let block = block.split("```").next().expect("the block ends");
    serde_json::from_str(block).expect("the block is JSON")
}

/// Starts the runtime API of `cargo lambda watch` without a function. Returns the process and its
/// port. The command does not report a port that the system chooses. So this helper passes a free
/// port, and tries another one if a program has taken that port in the meantime.
fn start_runtime_api() -> (Running, u16) {
    const ATTEMPTS: u32 = 5;

    for _ in 0..ATTEMPTS {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        drop(listener);
        let mut command = cargo_lambda("watch");
        command
            .arg("--only-lambda-apis")
            .args(["--invoke-address", "127.0.0.1"])
            .args(["--invoke-port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut api = Running(command.spawn().expect("cargo-lambda starts"));
        if wait_until_open(&mut api.0, port) {
            return (api, port);
        }
    }
    panic!("`cargo lambda watch` did not start in {ATTEMPTS} attempts")
}

/// Waits until the process listens on the port. Returns `false` if it ended.
fn wait_until_open(process: &mut Child, port: u16) -> bool {
    const TIMEOUT: Duration = Duration::from_secs(30);
    const PAUSE: Duration = Duration::from_millis(5);

    let deadline = Instant::now() + TIMEOUT;
    while process.try_wait().expect("a child has a status").is_none() {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return true;
        }
        assert!(Instant::now() < deadline, "cargo-lambda does not listen");
        thread::park_timeout(PAUSE);
    }
    false
}

/// Starts the function with the variables that `cargo lambda watch` sets, and those of the README.
fn start_function(port: u16) -> Running {
    let mut function = Command::new(env!("CARGO_BIN_EXE_orders"));
    environment::clear(&mut function);
    function
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            format!("http://127.0.0.1:{port}/.rt/orders"),
        )
        .env("AWS_LAMBDA_FUNCTION_NAME", "orders")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "4096")
        .env("STAGE_CONFIG_LOCAL", "local.toml")
        .env("stage", "dev")
        .stdin(Stdio::null());
    Running(function.spawn().expect("the function starts"))
}

/// Returns `cargo lambda VERB`.
fn cargo_lambda(verb: &str) -> Command {
    let mut command = Command::new(python::find_program("cargo-lambda"));
    environment::clear(&mut command);
    command
        .args(["lambda", verb])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}
