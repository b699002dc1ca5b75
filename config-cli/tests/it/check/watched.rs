//! What a person sees who waits: progress, colours, and a table as wide as the terminal.

use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};

use super::{Config, complete, kept};
use crate::prompt::{ended, terminal};
use crate::support::artifact;
use crate::support::endpoint::{Endpoint, Parameters, Secrets, answered};
use crate::support::package::Package;

fn watched(package: &Package, url: &str, script: &str, ci: bool) -> rexpect::session::PtySession {
    let artifact = artifact::of::<Config>();
    let artifact = artifact.to_str().expect("the path is text");
    let mut command = package.verb(&["check", "--stage", "prod", "--artifact", artifact]);
    command.env("AWS_ENDPOINT_URL", url).env("TERM", "xterm-256color");
    if ci {
        command.env("CI", "true");
    }
    terminal(script, &command)
}

/// The answer comes once the line was seen.
#[test]
fn whoever_waits_longer_than_a_second_is_told_for_what() {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let (parameters, secrets) = complete();
    let endpoint = Endpoint::start(move |request| {
        if request.service == "AmazonSSM" {
            let _ = wait.lock().unwrap_or_else(PoisonError::into_inner).recv();
        }
        answered(request, &parameters, &secrets)
    });
    let package = Package::new("");
    let mut terminal = watched(&package, &endpoint.url, "exec \"$@\"", false);
    terminal.exp_string("reading `prod` (1 of 1)").expect("it says so");
    drop(go);
    let (shown, code) = ended(terminal);
    assert_eq!(code, 0, "{shown}");
    // The line goes before the table comes.
    assert!(shown.contains("\r\u{1b}[K"), "{shown:?}");
    assert!(shown.contains("prod"), "{shown:?}");
}

#[test]
fn a_table_fits_the_terminal_and_has_colours_where_they_are_wanted() {
    let package = Package::new("");
    let endpoint = Endpoint::keeping(Parameters::default(), Secrets::default());
    let (shown, code) = ended(watched(&package, &endpoint.url, "stty cols 80 rows 24 && exec \"$@\"", true));
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("\u{1b}[1m\u{1b}[31mMISSING"), "{shown:?}");
    let endpoint = kept(complete());
    let (shown, _) = ended(watched(&package, &endpoint.url, "stty cols 80 rows 24 && NO_COLOR=1 exec \"$@\"", true));
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}
