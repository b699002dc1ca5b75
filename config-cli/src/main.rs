//! `cargo stage`: the command line of `stage-config`. `cargo stage --help` explains it.

mod args;
mod command;
mod folder;
mod input;
mod output;
mod package;
mod problem;
mod stage;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::signal;

use args::Arguments;
use problem::Problem;

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(args::without_cargo(std::env::args_os()));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Problem::refused(format!("the program cannot start: {error}"))),
    };
    let ended = runtime.block_on(until_interrupted(arguments));
    // Not waited for: a thread that reads a terminal or a pipe ends with the process.
    runtime.shutdown_background();
    ended
}

/// Ctrl-C drops the command where it waits: for a key, a pipe, or KMS. What it has begun is undone by its guards, and what
/// must not be left half done never waits.
async fn until_interrupted(arguments: Arguments) -> ExitCode {
    tokio::select! {
        biased;
        () = interrupted() => {
            output::talk("interrupted: nothing was changed");
            ExitCode::from(INTERRUPTED)
        }
        ended = command::run(arguments) => ended.unwrap_or_else(|problem| failed(&problem)),
    }
}

fn failed(problem: &Problem) -> ExitCode {
    output::talk(&format!("error: {problem}"));
    problem.exit_code()
}

#[cfg(unix)]
async fn interrupted() {
    use signal::unix::SignalKind;
    tokio::select! {
        () = received(SignalKind::interrupt()) => (),
        () = received(SignalKind::terminate()) => (),
        () = received(SignalKind::hangup()) => (),
    }
}

#[cfg(unix)]
async fn received(kind: signal::unix::SignalKind) {
    match signal::unix::signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
