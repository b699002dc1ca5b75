//! Output at a terminal: progress, colours, and a table that fits the width.

use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};

use super::{Config, complete_values, start_endpoint};
use crate::prompt::{start_terminal, wait_for_end};
use crate::support::artifact;
use crate::support::endpoint::{Endpoint, Parameters, Secrets, answer};
use crate::support::package::Package;

fn run_at_terminal(
    package: &Package,
    url: &str,
    script: &str,
    ci: bool,
) -> rexpect::session::PtySession {
    let artifact = artifact::write_artifact::<Config>();
    let artifact = artifact.to_str().expect("the path is text");
    let mut command = package.verb_command(&["check", "--stage", "prod", "--artifact", artifact]);
    command
        .env("AWS_ENDPOINT_URL", url)
        .env("TERM", "xterm-256color");
    if ci {
        command.env("CI", "true");
    }
    start_terminal(script, &command)
}

/// The endpoint answers only after the test has seen the progress line.
#[test]
fn a_progress_line_appears_after_a_second() {
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let (parameters, secrets) = complete_values();
    let endpoint = Endpoint::start(move |request| {
        if request.service == "AmazonSSM" {
            let _ = released
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .recv();
        }
        answer(request, &parameters, &secrets)
    });
    let package = Package::new("");
    let mut terminal = run_at_terminal(&package, &endpoint.url, "exec \"$@\"", false);
    terminal
        .exp_string("reading `prod` (1 of 1)")
        .expect("the progress is shown");
    drop(release);
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    // The line is erased before the table is printed.
    assert!(screen.contains("\r\u{1b}[K"), "{screen:?}");
    assert!(screen.contains("prod"), "{screen:?}");
}

#[test]
fn a_table_fits_the_terminal_and_honours_no_color() {
    let package = Package::new("");
    let endpoint = Endpoint::start_with(Parameters::default(), Secrets::default());
    let (screen, code) = wait_for_end(run_at_terminal(
        &package,
        &endpoint.url,
        "stty cols 80 rows 24 && exec \"$@\"",
        true,
    ));
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("\u{1b}[1m\u{1b}[31mMISSING"), "{screen:?}");
    let endpoint = start_endpoint(complete_values());
    let (screen, _) = wait_for_end(run_at_terminal(
        &package,
        &endpoint.url,
        "stty cols 80 rows 24 && NO_COLOR=1 exec \"$@\"",
        true,
    ));
    assert!(!screen.contains('\u{1b}'), "{screen:?}");
    assert!(
        screen.lines().all(|line| line.chars().count() <= 80),
        "{screen}"
    );
}
