//! Progress at a terminal, and colours at a terminal and in a pipe.

use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};

use super::{Config, complete_values};
use crate::prompt::{start_terminal, wait_for_end};
use crate::support::artifact;
use crate::support::endpoint::{Endpoint, Parameters, Secrets, answer};
use crate::support::package::{Package, run_command};

fn run_at_terminal(
    package: &Package,
    url: &str,
    script: &str,
    ci: bool,
) -> rexpect::session::PtySession {
    start_verb(package, &["check", "--stage", "prod"], url, script, ci)
}

fn start_verb(
    package: &Package,
    arguments: &[&str],
    url: &str,
    script: &str,
    ci: bool,
) -> rexpect::session::PtySession {
    let artifact = artifact::write_artifact::<Config>();
    let artifact = ["--artifact", artifact.to_str().expect("the path is text")];
    let mut command = package.verb_command(&[arguments, &artifact].concat());
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
fn a_progress_line_appears_and_is_erased_before_the_result() {
    for (arguments, activity) in [
        (&["check", "--stage", "prod"][..], "reading `prod` (1 of 1)"),
        (&["get", "table", "--stage", "prod"], "reading"),
        (
            &["export", "--stage", "prod", "--format", "json"],
            "reading the stage `prod`",
        ),
    ] {
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
        let mut terminal = start_verb(&package, arguments, &endpoint.url, "exec \"$@\"", false);
        terminal
            .exp_string(activity)
            .expect("the progress is shown");
        drop(release);
        let (screen, code) = wait_for_end(terminal);
        assert_eq!(code, 0, "{arguments:?}: {screen}");
        // The line is erased before the result is printed.
        let (_, result) = screen
            .rsplit_once("\r\u{1b}[K")
            .expect("the line is erased");
        assert!(!result.contains(activity), "{arguments:?}: {screen:?}");
        assert!(!result.is_empty(), "{arguments:?}: {screen:?}");
    }
}

/// The endpoint does not answer until Ctrl-C has ended the command.
#[test]
fn ctrl_c_clears_a_progress_line_of_one_row() {
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let endpoint = Endpoint::start(move |request| {
        let _ = released
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        answer(request, &Parameters::default(), &Secrets::default())
    });
    let package = Package::new("");
    // If the tests run in the background, their processes ignore SIGINT, and a shell cannot undo
    // that.
    let script = "stty cols 16 rows 24 && exec env --default-signal=INT \"$@\"";
    let mut terminal = run_at_terminal(&package, &endpoint.url, script, false);
    terminal
        .exp_string("\r\u{1b}[Kreading ")
        .expect("the progress is shown");
    // rexpect reads `…` as three characters.
    let dots = terminal.exp_string(" 1 s").expect("it fits");
    assert_eq!(dots.chars().count(), 3, "{dots:?}");
    terminal
        .send_control('c')
        .expect("the terminal accepts Ctrl-C");
    let (screen, code) = wait_for_end(terminal);
    drop(release);
    assert_eq!(code, 130, "{screen}");
    let (_, message) = screen
        .rsplit_once("\r\u{1b}[K")
        .expect("the line is cleared");
    let words: Vec<&str> = message.split_whitespace().collect();
    assert_eq!(words.join(" "), "interrupted: nothing was changed");
}

/// `CARGO_TERM_COLOR` takes precedence unless it is `auto`, as in cargo.
#[test]
fn colours_honour_the_variables_of_cargo_and_of_other_tools() {
    const CASES: [(&str, bool); 8] = [
        ("", true),
        ("NO_COLOR=1", false),
        ("CLICOLOR=0", false),
        ("CARGO_TERM_COLOR=never", false),
        ("CARGO_TERM_COLOR=never CLICOLOR_FORCE=1", false),
        ("CARGO_TERM_COLOR=always NO_COLOR=1", true),
        ("CARGO_TERM_COLOR=auto NO_COLOR=1", false),
        ("CARGO_TERM_COLOR=auto", true),
    ];
    let package = Package::new("");
    let endpoint = Endpoint::start_with(Parameters::default(), Secrets::default());
    for (variables, expected) in CASES {
        let script = format!("{variables} exec \"$@\"");
        let terminal = run_at_terminal(&package, &endpoint.url, &script, true);
        let (screen, code) = wait_for_end(terminal);
        assert_eq!(code, 1, "{screen}");
        let has_red = screen.contains("\u{1b}[1m\u{1b}[31mMISSING");
        assert_eq!(has_red, expected, "{variables}: {screen:?}");
        assert_eq!(screen.contains('\u{1b}'), expected, "{screen:?}");
    }
}

#[test]
fn a_pipe_has_colours_only_if_a_variable_requires_them() {
    let package = Package::new("");
    for (variables, expected) in [
        (vec![], false),
        (vec![("CARGO_TERM_COLOR", "always")], true),
        (vec![("CLICOLOR_FORCE", "1")], true),
        (
            vec![("CLICOLOR_FORCE", "1"), ("CARGO_TERM_COLOR", "never")],
            false,
        ),
    ] {
        let artifact = artifact::write_artifact::<Config>();
        let artifact = artifact.to_str().expect("the path is text");
        let mut command = package.verb_command(&["show", "--artifact", artifact]);
        command.envs(variables.clone());
        let stdout = run_command(&mut command, b"").assert_code(0).stdout;
        assert_eq!(stdout.contains('\u{1b}'), expected, "{variables:?}");
    }
}
