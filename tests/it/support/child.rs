//! Tests that need environment variables run in a process of their own.
//!
//! Setting a variable is unsafe in a process with threads, and this workspace forbids unsafe code. So a test that needs
//! variables is written in two: the outer test calls [`run`], which starts this test executable again for the inner
//! one alone, in a clean environment with the given variables; the inner test returns at once unless [`is`] says that
//! it was started so. The inner one therefore passes trivially in an ordinary run. It is the outer one that counts.
//!
//! ```ignore
//! #[test]
//! fn stage_is_read_from_the_variable() {
//!     child::run("load::inner_stage", &[("stage", "prod")]).passed();
//! }
//!
//! #[test]
//! fn inner_stage() {
//!     if !child::is("load::inner_stage") {
//!         return;
//!     }
//!     // …
//! }
//! ```
//!
//! A test that needs no variable, but what there is once a process, is written in one: see [`alone`].

use std::ffi::OsStr;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::environment;

const MARKER: &str = "INNER_TEST";
const PATIENCE: Duration = Duration::from_secs(60);

/// What an inner test, or another program, did and said.
#[derive(Debug)]
pub(crate) struct Ran {
    /// It ended with success.
    pub(crate) success: bool,
    /// Its standard output, with libtest's own lines.
    pub(crate) stdout: String,
    /// Its standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// Both outputs, for a test that searches everything.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// Fails the outer test, with the inner one's output, if the inner one failed.
    #[track_caller]
    pub(crate) fn passed(self) -> Self {
        assert!(self.success, "the inner test failed:\n{}", self.text());
        self
    }

    /// Fails the outer test if the inner one did not fail.
    #[track_caller]
    pub(crate) fn failed(self) -> Self {
        assert!(!self.success, "the inner test passed:\n{}", self.text());
        self
    }
}

/// Whether this process was started by [`run`] for the test of this name.
pub(crate) fn is(test: &str) -> bool {
    std::env::var_os(MARKER).is_some_and(|marked| marked == test)
}

/// Runs one test of this executable in a process of its own, with these variables and no other.
#[track_caller]
pub(crate) fn run<V: AsRef<OsStr>>(test: &str, variables: &[(&str, V)]) -> Ran {
    let mut command = inner(test);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let ran = output(&mut command);
    assert!(ran.stdout.contains("running 1 test"), "there is no test called {test:?}:\n{}", ran.text());
    ran
}

/// Whether the test of this name goes on: it has the process to itself. Elsewhere it is run again in a process of its own, must
/// pass there, and has nothing left to do.
#[track_caller]
pub(crate) fn alone(test: &str) -> bool {
    if !is(test) {
        run::<&str>(test, &[]).passed();
        return false;
    }
    true
}

/// Starts one test of this executable in a process of its own, to be talked to.
pub(crate) fn start(test: &str) -> Child {
    let mut command = inner(test);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command.spawn().unwrap_or_else(|error| panic!("{command:?} did not start: {error}"))
}

fn inner(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test knows its executable"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    environment::clear(&mut command);
    command.env(MARKER, test);
    command
}

/// Runs a program to its end and gathers what it said; one that does not end is ended, and fails the test.
#[track_caller]
pub(crate) fn output(command: &mut Command) -> Ran {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    let stdout = read(child.stdout.take().expect("a pipe was asked for"));
    let stderr = read(child.stderr.take().expect("a pipe was asked for"));
    let stdout = received(&stdout, &mut child, command);
    let stderr = received(&stderr, &mut child, command);
    let status = child.wait().expect("a child can be waited for");
    Ran { success: status.success(), stdout, stderr }
}

fn read(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (done, received) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = done.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    received
}

#[track_caller]
fn received(output: &Receiver<String>, child: &mut Child, command: &Command) -> String {
    output.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let _ = child.kill();
        panic!("{command:?} did not end within {PATIENCE:?}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_test_sees_the_variables_and_no_other() {
        let ran = run("support::child::tests::inner_sees", &[("stage", "prod")]).passed();
        assert!(ran.stdout.contains("inner stdout"), "{}", ran.stdout);
        assert!(ran.stderr.contains("inner stderr"), "{}", ran.stderr);
    }

    #[test]
    #[allow(clippy::print_stdout, clippy::print_stderr)]
    fn inner_sees() {
        if !is("support::child::tests::inner_sees") {
            return;
        }
        assert_eq!(std::env::var("stage").as_deref(), Ok("prod"));
        assert_eq!(std::env::var_os("CARGO_MANIFEST_DIR"), None);
        assert_eq!(std::env::var_os("HOME"), None);
        println!("inner stdout");
        eprintln!("inner stderr");
    }

    #[test]
    fn a_failing_inner_test_is_seen() {
        let ran = run("support::child::tests::inner_fails", &[("stage", "prod")]).failed();
        assert!(ran.text().contains("as it should"), "{}", ran.text());
    }

    #[test]
    fn inner_fails() {
        assert!(!is("support::child::tests::inner_fails"), "as it should");
    }

    #[test]
    #[should_panic(expected = "the inner test failed")]
    fn a_test_that_fails_alone_fails() {
        if alone("support::child::tests::a_test_that_fails_alone_fails") {
            std::process::exit(1);
        }
    }

    #[test]
    #[should_panic(expected = "there is no test called")]
    fn a_name_without_a_test_is_refused() {
        run::<&str>("support::child::tests::no_such_test", &[]);
    }
}
