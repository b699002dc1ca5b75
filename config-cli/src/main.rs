//! `cargo stage`: the command line of `stage-config`. `cargo stage --help` explains it.

mod append_file;
mod args;
mod atomic_file;
mod aws_facts;
mod cargo_build;
mod cause;
mod cli;
mod command;
mod completion;
mod confirm;
#[cfg(feature = "deployed")]
mod deployed;
mod destination;
mod dotenv;
mod error;
mod field_choice;
mod format;
mod function_name;
mod help;
mod iam;
mod identity;
mod input;
mod interrupt;
mod invocation;
mod lines;
mod output;
mod package;
mod parameter_class;
mod progress;
mod read_values;
mod redact;
mod schema_choice;
mod sealed_folder;
mod sealed_source;
mod session;
mod stage_name;
mod terminal;
mod transfer;
mod usage;
mod variable_names;
mod workspace_programs;

use std::io;
use std::process::ExitCode;

use cli::Verb;
use error::CliError;

fn main() -> ExitCode {
    if completion::answer_shell(cli::command()) {
        return ExitCode::SUCCESS;
    }
    let arguments = cli::parse(std::env::args_os());
    let result = match arguments.verb {
        // `exec` installs no signal handlers. The program that it runs receives the signals itself,
        // and a signal that `nohup` ignores stays ignored.
        Verb::Exec(_) => run_uninterruptible(arguments),
        _ => interrupt::run_interruptible(move || run_command(arguments)),
    };
    result.unwrap_or_else(|error| {
        report_error(&CliError::failed(format!(
            "the program cannot start: {error}"
        )))
    })
}

fn run_uninterruptible(arguments: cli::Arguments) -> io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let code = runtime.block_on(run_command(arguments));
    runtime.shutdown_background();
    Ok(code)
}

async fn run_command(arguments: cli::Arguments) -> ExitCode {
    cli::run(arguments)
        .await
        .unwrap_or_else(|problem| report_error(&problem))
}

fn report_error(problem: &CliError) -> ExitCode {
    let mut lines = problem.lines();
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, "error: ");
    }
    lines.iter().for_each(|line| output::eprint_line(line));
    problem.exit_code()
}
