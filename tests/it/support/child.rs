//! Runs tests that need environment variables in child processes.
//!
//! Setting a variable is unsafe in a process with threads, and this workspace forbids unsafe code.
//! So such a test has two halves. The outer test calls [`run`], which starts this test executable
//! again, only for the inner test, in a clean environment with the given variables. The inner test
//! returns at once unless [`is_inner`] returns `true`. So in an ordinary run the inner test passes
//! trivially, and only the outer test counts.
//!
//! ```ignore
//! #[test]
//! fn stage_is_read_from_the_variable() {
//!     child::run("load::inner_stage", &[("stage", "prod")]).assert_passed();
//! }
//!
//! #[test]
//! fn inner_stage() {
//!     if !child::is_inner("load::inner_stage") {
//!         return;
//!     }
//!     // …
//! }
//! ```
//!
//! A test that needs its own process, but no variable, is one function: see [`isolate`].

use std::ffi::OsStr;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::environment;

const MARKER: &str = "INNER_TEST";
const TIMEOUT: Duration = Duration::from_secs(60);

/// The result and the output of an inner test or another program.
#[derive(Debug)]
pub(crate) struct ChildOutput {
    /// Whether the test or the program succeeded.
    pub(crate) success: bool,
    /// The standard output. That of an inner test includes the lines of libtest.
    pub(crate) stdout: String,
    /// The standard error.
    pub(crate) stderr: String,
}

impl ChildOutput {
    /// Returns both outputs, for a test that searches everything.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// Asserts that the inner test or the program succeeded.
    #[track_caller]
    pub(crate) fn assert_passed(self) -> Self {
        assert!(self.success, "the inner test failed:\n{}", self.text());
        self
    }

    /// Asserts that the inner test or the program failed.
    #[track_caller]
    pub(crate) fn assert_failed(self) -> Self {
        assert!(!self.success, "the inner test passed:\n{}", self.text());
        self
    }
}

/// Returns whether [`run`], [`start`] or [`start_with`] started this process for this test.
pub(crate) fn is_inner(test: &str) -> bool {
    std::env::var_os(MARKER).is_some_and(|marker| marker == test)
}

/// Runs one test of this executable in a child process, with these variables and those that
/// [`environment::clear`] keeps.
#[track_caller]
pub(crate) fn run<V: AsRef<OsStr>>(test: &str, variables: &[(&str, V)]) -> ChildOutput {
    let mut command = inner_command(test);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let output = run_to_end(&mut command);
    assert!(
        output.stdout.contains("running 1 test"),
        "there is no test called {test:?}:\n{}",
        output.text()
    );
    output
}

/// Returns `true` in a child process that runs only this test. The test must then continue. In any
/// other process, runs the test in such a child process, asserts that it passes there, and returns
/// `false`.
#[track_caller]
pub(crate) fn isolate(test: &str) -> bool {
    if !is_inner(test) {
        run::<&str>(test, &[]).assert_passed();
        return false;
    }
    true
}

/// Starts one test of this executable in a child process, and returns the process. Its standard
/// input and output are pipes.
pub(crate) fn start(test: &str) -> Child {
    start_with::<&str>(test, &[])
}

/// Starts a test like [`start`], with these variables.
pub(crate) fn start_with<V: AsRef<OsStr>>(test: &str, variables: &[(&str, V)]) -> Child {
    let mut command = inner_command(test);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} did not start: {error}"))
}

fn inner_command(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test knows its executable"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    environment::clear(&mut command);
    command.env(MARKER, test);
    command
}

/// Runs a program to its end, and returns its output. Kills a program that does not end in time,
/// and panics.
#[track_caller]
pub(crate) fn run_to_end(command: &mut Command) -> ChildOutput {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    let stdout = read_in_thread(child.stdout.take().expect("the stream is a pipe"));
    let stderr = read_in_thread(child.stderr.take().expect("the stream is a pipe"));
    let stdout = wait_for_text(&stdout, &mut child, command);
    let stderr = wait_for_text(&stderr, &mut child, command);
    let status = child.wait().expect("a child can be waited for");
    ChildOutput {
        success: status.success(),
        stdout,
        stderr,
    }
}

fn read_in_thread(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

#[track_caller]
fn wait_for_text(text: &Receiver<String>, child: &mut Child, command: &Command) -> String {
    text.recv_timeout(TIMEOUT).unwrap_or_else(|_| {
        let _ = child.kill();
        panic!("{command:?} did not end within {TIMEOUT:?}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inner_test_sees_its_variables_but_not_home_or_those_of_cargo() {
        let output = run(
            "support::child::tests::inner_variables",
            &[("stage", "prod")],
        )
        .assert_passed();
        assert!(output.stdout.contains("inner stdout"), "{}", output.stdout);
        assert!(output.stderr.contains("inner stderr"), "{}", output.stderr);
    }

    #[test]
    #[allow(clippy::print_stdout, clippy::print_stderr)]
    fn inner_variables() {
        if !is_inner("support::child::tests::inner_variables") {
            return;
        }
        assert_eq!(std::env::var("stage").as_deref(), Ok("prod"));
        assert_eq!(std::env::var_os("CARGO_MANIFEST_DIR"), None);
        assert_eq!(std::env::var_os("HOME"), None);
        println!("inner stdout");
        eprintln!("inner stderr");
    }

    #[test]
    fn a_failing_inner_test_is_reported() {
        let output =
            run("support::child::tests::inner_fails", &[("stage", "prod")]).assert_failed();
        assert!(
            output.text().contains("this failure is expected"),
            "{}",
            output.text()
        );
    }

    #[test]
    fn inner_fails() {
        assert!(
            !is_inner("support::child::tests::inner_fails"),
            "this failure is expected"
        );
    }

    #[test]
    #[should_panic(expected = "the inner test failed")]
    fn a_failing_isolated_test_fails() {
        if isolate("support::child::tests::a_failing_isolated_test_fails") {
            std::process::exit(1);
        }
    }

    #[test]
    #[should_panic(expected = "there is no test called")]
    fn an_unknown_test_name_panics() {
        run::<&str>("support::child::tests::no_such_test", &[]);
    }
}
