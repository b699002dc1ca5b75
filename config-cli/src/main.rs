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
mod lines;
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
mod terminal;
mod transfer;
mod usage;
mod values;
mod whole_file;

use std::io;
use std::process::ExitCode;

use cli::Verb;
use problem::Problem;

fn main() -> ExitCode {
    let arguments = cli::parse(std::env::args_os());
    let ended = match arguments.verb {
        // Its signals are the program's own, and so is what was done about them before: under `nohup`, one is ignored.
        Verb::Exec(_) => unwatched(arguments),
        _ => interrupt::watched(move || ended(arguments)),
    };
    ended.unwrap_or_else(|error| failed(&Problem::refused(format!("the program cannot start: {error}"))))
}

fn unwatched(arguments: cli::Arguments) -> io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(ended(arguments));
    runtime.shutdown_background();
    Ok(ended)
}

async fn ended(arguments: cli::Arguments) -> ExitCode {
    cli::run(arguments).await.unwrap_or_else(|problem| failed(&problem))
}

fn failed(problem: &Problem) -> ExitCode {
    let mut lines = problem.lines();
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, "error: ");
    }
    lines.iter().for_each(|line| output::talk(line));
    problem.exit_code()
}
