//! `cargo stage man`: prints manual pages with the texts of `--help`.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};

use crate::args::PROGRAM;
use crate::error::CliError;
use crate::output;

const ABOUT: &str = "\
Print the manual page, or write the pages of all verbs.

If the pages are in a folder that `man` searches, for example ~/.local/share/man/man1, then \
`man cargo-stage` and `cargo help stage` show them.";

/// Print the manual page, or write the pages of all verbs
#[derive(Debug, Args)]
#[command(long_about = ABOUT)]
pub(crate) struct ManArguments {
    /// The folder for the pages of all verbs: cargo-stage.1, cargo-stage-check.1 …
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

/// Prints or writes the pages. `program` describes the whole command line. The caller passes it,
/// because a verb does not import the module `cli`.
pub(crate) fn run(arguments: &ManArguments, program: Command) -> Result<ExitCode, CliError> {
    let program = program
        .name(PROGRAM)
        .bin_name(PROGRAM)
        .disable_help_subcommand(true);
    let Some(folder) = &arguments.output else {
        let mut page = Vec::new();
        clap_mangen::Man::new(program)
            .render(&mut page)
            .map_err(|error| CliError::failed(format!("the page cannot be written: {error}")))?;
        output::print_data(&page)?;
        return Ok(ExitCode::SUCCESS);
    };
    let write_error = |error: io::Error| {
        CliError::failed(format!("{} cannot be written: {error}", folder.display()))
    };
    fs::create_dir_all(folder).map_err(write_error)?;
    clap_mangen::generate_to(program, folder).map_err(write_error)?;
    output::eprint_line(&format!(
        "{}: cargo-stage.1 and a page for each verb",
        folder.display()
    ));
    Ok(ExitCode::SUCCESS)
}
