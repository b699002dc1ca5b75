//! `cargo stage`: the command line of `stage-config`. `cargo stage --help` explains it.

mod args;
mod cli;
mod command;
mod confirm;
mod destination;
mod dotenv;
mod folder;
mod format;
mod iam;
mod identity;
mod input;
mod interrupt;
mod names;
mod output;
mod package;
mod private_file;
mod problem;
mod programs;
mod progress;
mod session;
mod shown;
mod stage;
mod transfer;
mod values;

use std::process::ExitCode;

use clap::Parser as _;
use cli::{Arguments, Verb};
use problem::Problem;

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(cli::without_cargo(std::env::args_os()));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Problem::refused(format!("the program cannot start: {error}"))),
    };
    let ended = runtime.block_on(async {
        match arguments.verb {
            // Its signals are the program's own, and so is what was done about them before: under `nohup`, one is ignored.
            Verb::Exec(_) => ended(arguments).await,
            _ => interrupt::watched(ended(arguments)).await,
        }
    });
    // Not waited for: a thread that reads a terminal or a pipe ends with the process.
    runtime.shutdown_background();
    ended
}

async fn ended(arguments: Arguments) -> ExitCode {
    cli::run(arguments).await.unwrap_or_else(|problem| failed(&problem))
}

fn failed(problem: &Problem) -> ExitCode {
    output::talk(&format!("error: {problem}"));
    problem.exit_code()
}
