//! `cargo stage completions`: prints the script that completes `cargo stage` and `cargo-stage` in a
//! shell.
//!
//! The script runs `cargo-stage` to complete a line; see [`crate::completion`]. It
//! completes only the program `cargo-stage`. This module adds `cargo stage` for bash, zsh and fish,
//! and keeps cargo's own completion.

use std::process::ExitCode;

use clap::Args;
use clap_complete::Shell;

use crate::completion;
use crate::error::CliError;
use crate::output;

const ABOUT: &str = "\
Print the script that completes `cargo stage` in a shell.

The script runs `cargo-stage` to complete a line. It knows the fields, stages and configurations of \
the program that was built last, or of --artifact. It builds nothing, and sends no request to AWS.

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

/// Prints the script.
pub(crate) fn run(arguments: &CompletionsArguments) -> Result<ExitCode, CliError> {
    let shell = arguments.shell.to_string();
    let Some(mut script) = completion::registration_script(&shell) else {
        return Err(CliError::failed(format!("there is no script for {shell}")));
    };
    script.extend(match arguments.shell {
        Shell::Bash => include_bytes!("completions/cargo.bash").as_slice(),
        Shell::Fish => include_bytes!("completions/cargo.fish"),
        Shell::Zsh => include_bytes!("completions/cargo.zsh"),
        _ => b"",
    });
    output::print_data(&script)?;
    Ok(ExitCode::SUCCESS)
}
