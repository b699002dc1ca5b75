//! `cargo stage completions`: prints the script that completes `cargo stage` and `cargo-stage` in a
//! shell.
//!
//! The script runs `cargo-stage` to complete a line; see [`crate::completion`]. The scripts of the
//! crate `clap_complete` complete only the program `cargo-stage`. In bash, zsh and fish, the
//! scripts of this module also complete `cargo stage`, keep cargo's own completion, and read quoted
//! words.

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
  zsh:  echo 'source <(cargo stage completions zsh)' >> ~/.zshrc, after `compinit`
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
    let script = match arguments.shell {
        Shell::Fish => include_bytes!("completions/cargo.fish").to_vec(),
        Shell::Zsh => include_bytes!("completions/cargo.zsh").to_vec(),
        shell => {
            let name = shell.to_string();
            let Some(mut script) = completion::registration_script(&name) else {
                return Err(CliError::failed(format!("there is no script for {name}")));
            };
            if shell == Shell::Bash {
                script.extend(include_bytes!("completions/cargo.bash"));
            }
            script
        }
    };
    output::print_data(&script)?;
    Ok(ExitCode::SUCCESS)
}
