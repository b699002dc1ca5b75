//! Reads a value that the user types at a prompt. A secret is not shown.

use tokio::task;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::output;
use crate::terminal;

/// Asks at the terminal and reads one line. Discards what was typed earlier. Returns `None` for a
/// pasted text of several lines. Ctrl-C still sends its signal.
pub(super) async fn read_typed(
    prompt: &str,
    is_hidden: bool,
) -> Result<Option<Zeroizing<Vec<u8>>>, CliError> {
    let problem = |error| CliError::failed(format!("the terminal cannot be read: {error}"));
    // Hidden input stays hidden until the rest of a pasted text is discarded. The terminal is also
    // restored if this future is dropped while it waits.
    let terminal = terminal::TypedInput::new(is_hidden).map_err(problem)?;
    if terminal.has_discarded {
        output::eprint_line(
            "note: what was typed before this prompt was discarded: type the value now",
        );
    }
    let typed = task::spawn_blocking(
        terminal
            .prompt(&output::one_line(prompt))
            .map_err(problem)?,
    )
    .await;
    let value = match typed {
        Ok(typed) => Zeroizing::new(typed.map_err(problem)?.into_bytes()),
        Err(_) => return Err(CliError::failed("the terminal cannot be read")),
    };
    let is_one_line = !terminal.has_more_input().map_err(problem)?;
    Ok(Some(value).filter(|_| is_one_line))
}
