//! `cargo stage completions`: prints the script that completes `cargo stage` and `cargo-stage` in a
//! shell.
//!
//! clap's script completes only the program `cargo-stage`. For `cargo stage`, zsh's own completion
//! of cargo calls the function `_cargo-stage`. For bash and fish, this module adds `cargo stage` to
//! the script, and keeps cargo's own completion.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::args::PROGRAM;
use crate::error::CliError;
use crate::output;

const ABOUT: &str = "\
Print the script that completes `cargo stage` in a shell.

  bash: echo 'source <(cargo stage completions bash)' >> ~/.bashrc
  zsh:  cargo stage completions zsh > DIRECTORY/_cargo-stage, where DIRECTORY is one of $fpath
  fish: echo 'cargo stage completions fish | source' >> ~/.config/fish/config.fish

elvish and PowerShell complete only `cargo-stage`.";

/// Print the script that completes `cargo stage` in a shell
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, long_about = ABOUT)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Prints the script. `program` describes the whole command line. It is a parameter, because a verb
/// does not import the module `cli`.
pub(crate) fn run(
    arguments: &CompletionsArguments,
    program: Command,
) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    // For bash, clap_complete 4.6 treats the hyphen in a program's name as the end of a word, and
    // then finds no verb.
    let name = if arguments.shell == Shell::Bash {
        "cargo_stage"
    } else {
        PROGRAM
    };
    clap_complete::generate(
        arguments.shell,
        &mut program.name(PROGRAM),
        name,
        &mut script,
    );
    script.extend(match arguments.shell {
        Shell::Bash => include_bytes!("completions/cargo.bash").as_slice(),
        Shell::Fish => include_bytes!("completions/cargo.fish"),
        _ => b"",
    });
    output::print_data(&script)?;
    Ok(ExitCode::SUCCESS)
}
