//! The value: typed at a terminal without being shown, or piped in.

mod prompt;

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};

use tokio::task;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::output;

/// The longest value that is read. The library has a limit of its own, which is lower.
const MAX_LENGTH: usize = 4 << 20;

/// Reads the value, which is for `name`. With `trim`, piped input loses the line end that it ends with.
pub(crate) async fn read_value(name: &str, stage: &str, trim: bool) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let value = if io::stdin().is_terminal() {
        prompt::read_hidden(&format!("Value of `{name}` for the stage `{stage}` (typing is hidden): ")).await?
    } else {
        handle_line_end(read_stdin().await?, trim)
    };
    match value.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        true => Err(CliError::failed("the value is empty: nothing was written").with_help("type it, or pipe it in")),
        false if value.len() > MAX_LENGTH => {
            Err(CliError::failed(format!("the value is longer than {MAX_LENGTH} bytes")))
        }
        false => Ok(value),
    }
}

/// Standard input to its end, or to a little more than anything may be long.
pub(crate) async fn read_stdin() -> Result<Zeroizing<Vec<u8>>, CliError> {
    let read = task::spawn_blocking(read_stdin_blocking).await;
    let read = read.map_err(|_| CliError::failed("standard input cannot be read"))?;
    read.map_err(|error| CliError::failed(format!("standard input cannot be read: {error}")))
}

/// A line that is shown while it is typed: an answer, and no value.
pub(crate) async fn read_line(question: &str) -> Result<String, CliError> {
    output::eprint_question(question);
    let read = task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let problem = |error: String| CliError::failed(format!("the terminal cannot be read: {error}"));
    read.await.map_err(|error| problem(error.to_string()))?.map_err(|error| problem(error.to_string()))
}

/// Standard input to its end, past the buffer that the standard library would keep it in.
fn read_stdin_blocking() -> io::Result<Zeroizing<Vec<u8>>> {
    let input = open_unbuffered_stdin()?;
    // At its full size from the start: growing would leave copies behind in memory that is freed, and not zeroed.
    let mut value = Zeroizing::new(Vec::with_capacity(MAX_LENGTH + 2));
    input.take(MAX_LENGTH as u64 + 1).read_to_end(&mut value)?;
    Ok(value)
}

#[cfg(unix)]
fn open_unbuffered_stdin() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn open_unbuffered_stdin() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

/// A file's last line end belongs to many values (a PEM key), and to many it does not (`echo`): it is kept unless told
/// otherwise, and said.
fn handle_line_end(mut value: Zeroizing<Vec<u8>>, trim: bool) -> Zeroizing<Vec<u8>> {
    let end = match value.as_slice() {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    };
    match (end, trim) {
        (0, _) => (),
        (_, true) => {
            let length = value.len() - end;
            value.truncate(length);
            output::eprint_line("note: the line end at the end of the input was dropped (--trim)");
        }
        (_, false) => output::eprint_line("note: the value ends with a line end, which is kept; `--trim` drops it"),
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_dropped_and_only_with_trim() {
        for (input, trim, expected) in
            [("a", true, "a"), ("a\n", true, "a"), ("a\r\n", true, "a"), ("a\n\n", true, "a\n"), ("a\n", false, "a\n")]
        {
            let value = handle_line_end(Zeroizing::new(input.into()), trim);
            assert_eq!(value.as_slice(), expected.as_bytes(), "{input:?} {trim}");
        }
    }
}
