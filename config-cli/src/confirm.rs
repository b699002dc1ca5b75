//! A yes-or-no question.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _};

use tokio::task;

use crate::error::CliError;
use crate::output;

/// Asks at the terminal. Only the answers `y` and `yes` count as yes.
///
/// # Errors
///
/// Returns an error if standard error is not a terminal, or if no terminal can be read. The message
/// of the error states that nothing was written.
pub(crate) async fn ask_yes_no(question: &str) -> Result<bool, CliError> {
    let terminal = if io::stderr().is_terminal() {
        open_terminal()
    } else {
        None
    };
    let Some(terminal) = terminal else {
        return Err(
            CliError::failed("nothing was written: there is no terminal for the question")
                .with_help("add `--yes` to write without asking"),
        );
    };
    // The user types the answer on the same line.
    output::eprint_question(&format!("{question} [y/N] "));
    let answer = task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(terminal).read_line(&mut line).map(|_| line)
    });
    match answer.await {
        Ok(Ok(line)) => Ok(matches!(
            line.trim().to_ascii_lowercase().as_str(),
            "y" | "yes"
        )),
        _ => Err(CliError::failed(
            "nothing was written: the terminal cannot be read",
        )),
    }
}

/// Opens the terminal. Standard input is not used, because it may be the file to import.
fn open_terminal() -> Option<File> {
    File::open(if cfg!(windows) { "CONIN$" } else { "/dev/tty" }).ok()
}
