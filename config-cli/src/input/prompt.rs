//! A line that is typed and not shown.

use tokio::task;
use zeroize::Zeroizing;

use crate::output;
use crate::problem::Problem;
use crate::terminal;

/// Asks at the terminal. Ctrl-C there reaches the process as the signal that it is.
pub(super) async fn hidden(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let problem = |error| Problem::refused(format!("the terminal cannot be read: {error}"));
    // It is in force until the rest of what was pasted is gone, and it is undone also when this function is dropped while it
    // waits.
    let terminal = terminal::Hidden::new().map_err(problem)?;
    let typed = task::spawn_blocking(terminal.ask(&output::one_line(prompt)).map_err(problem)?).await;
    let value = match typed {
        Ok(typed) => Zeroizing::new(typed.map_err(problem)?.into_bytes()),
        Err(_) => return Err(Problem::refused("the terminal cannot be read")),
    };
    if terminal.more_is_waiting().map_err(problem)? {
        return Err(Problem::refused("several lines were pasted, and a prompt takes one: nothing was written")
            .remedy("pipe a value of several lines in: … < FILE"));
    }
    Ok(value)
}
