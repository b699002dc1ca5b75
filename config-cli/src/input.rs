//! Reads values from a prompt, a pipe or a file. Their memory is wiped.

mod prompt;

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;

use stage_config_grammar::white_space::trim;
use tokio::task;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::output;

/// The maximum length of a value or a file of values. Each destination has its own, lower limit for
/// a value.
const MAX_LENGTH: usize = 4 << 20;

/// How the terminal handles a value that is typed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typing {
    /// Whether the terminal hides the value.
    pub(crate) is_hidden: bool,
    /// Whether white space around the value is removed, as in a load.
    pub(crate) is_trimmed: bool,
}

impl Typing {
    /// For a value that may be secret, and whose white space at the beginning and the end is kept.
    pub(crate) const SECRET_TEXT: Self = Self {
        is_hidden: true,
        is_trimmed: false,
    };
}

/// The answer to the question for a value.
pub(crate) enum Answer {
    Value(Zeroizing<Vec<u8>>),
    /// An empty line.
    Empty,
    /// Several lines were pasted, but the prompt accepts only one. The terminal discards them.
    SeveralLines,
}

/// Reads the value of the field or file `name`, from a terminal or from a pipe. With `trim`, a line
/// end at the end of piped input is removed.
pub(crate) async fn read_value(
    name: &str,
    stage: &str,
    trim: bool,
    typing: Typing,
) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let answer = if is_stdin_terminal() {
        ask_value(name, stage, typing).await?
    } else {
        to_answer(handle_line_end(read_stdin().await?, trim, typing))?
    };
    match answer {
        Answer::Value(value) => Ok(value),
        Answer::Empty => Err(CliError::failed("the value is empty: nothing was written")
            .with_help("type it, or pipe it in")),
        Answer::SeveralLines => Err(CliError::failed(
            "several lines were pasted, but the prompt accepts only one: nothing was written",
        )
        .with_help("pipe in a value of several lines: … < FILE")),
    }
}

/// Asks for the value at the terminal.
pub(crate) async fn ask_value(name: &str, stage: &str, typing: Typing) -> Result<Answer, CliError> {
    let hidden = if typing.is_hidden {
        " (typing is hidden)"
    } else {
        ""
    };
    let question = format!("Value of `{name}` for the stage `{stage}`{hidden}: ");
    let Some(typed) = prompt::read_typed(&question, typing.is_hidden).await? else {
        return Ok(Answer::SeveralLines);
    };
    to_answer(if typing.is_trimmed {
        trim_typed(&typed)
    } else {
        typed
    })
}

/// Removes the white space that a load would remove.
fn trim_typed(typed: &[u8]) -> Zeroizing<Vec<u8>> {
    let trimmed = match std::str::from_utf8(typed) {
        Ok(text) => trim(text).as_bytes(),
        Err(_) => typed.trim_ascii(),
    };
    Zeroizing::new(trimmed.to_vec())
}

/// Returns whether standard input is a terminal, at which the command can ask for a value.
pub(crate) fn is_stdin_terminal() -> bool {
    io::stdin().is_terminal()
}

fn to_answer(value: Zeroizing<Vec<u8>>) -> Result<Answer, CliError> {
    if value.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        return Ok(Answer::Empty);
    }
    if value.len() > MAX_LENGTH {
        return Err(CliError::failed(format!(
            "the value has more than {} MiB",
            MAX_LENGTH >> 20
        ))
        .with_help(
            "keep it in S3, and its address in the field: a parameter has at most 8 KB, a secret \
             64 KB, a sealed file 1 MiB",
        ));
    }
    Ok(Answer::Value(value))
}

/// Reads standard input to its end. Stops one byte above the maximum length, so that the caller can
/// refuse longer input.
pub(crate) async fn read_stdin() -> Result<Zeroizing<Vec<u8>>, CliError> {
    let read = task::spawn_blocking(read_stdin_blocking).await;
    let read = read.map_err(|_| CliError::failed("standard input cannot be read"))?;
    read.map_err(|error| CliError::failed(format!("standard input cannot be read: {error}")))
}

/// Asks a question and reads the answer, which the terminal shows.
pub(crate) async fn read_line(question: &str) -> Result<String, CliError> {
    output::eprint_question(question);
    let read = task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let problem = |error: String| CliError::failed(format!("the terminal cannot be read: {error}"));
    read.await
        .map_err(|error| problem(error.to_string()))?
        .map_err(|error| problem(error.to_string()))
}

/// Reads a file of values.
pub(crate) fn read_file(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    read_to_end(File::open(path)?)
}

/// Returns the text of a file of values. Messages name the file by `display_name`.
pub(crate) fn to_text<'a>(bytes: &'a [u8], display_name: &str) -> Result<&'a str, CliError> {
    if bytes.len() > MAX_LENGTH {
        return Err(CliError::undetermined(format!(
            "{display_name} has more than {} MiB",
            MAX_LENGTH >> 20
        ))
        .with_help("remove the entries that are not needed, or split the file"));
    }
    std::str::from_utf8(bytes).map_err(|_| {
        CliError::undetermined(format!("{display_name} is not text in UTF-8"))
            .with_help("save it as UTF-8")
    })
}

/// Reads standard input without the buffer of the standard library, which is not wiped.
fn read_stdin_blocking() -> io::Result<Zeroizing<Vec<u8>>> {
    read_to_end(open_unbuffered_stdin()?)
}

/// Reads to the end. Stops one byte above the maximum length.
fn read_to_end(input: File) -> io::Result<Zeroizing<Vec<u8>>> {
    // Allocate the full size: a vector that grows leaves unwiped copies in freed memory.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_LENGTH + 2));
    input
        .take(MAX_LENGTH as u64 + 1)
        .read_to_end(&mut content)?;
    Ok(content)
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

/// Handles a line end at the end of the input. A line end is a part of some values (a PEM key) and
/// not of others (the output of `echo`). With `trim`, it is removed. Otherwise it is kept, and a
/// note is printed if a load does not ignore it.
fn handle_line_end(
    mut value: Zeroizing<Vec<u8>>,
    trim: bool,
    typing: Typing,
) -> Zeroizing<Vec<u8>> {
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
        (_, false) if typing.is_trimmed => (),
        (_, false) => output::eprint_line(
            "note: the value ends with a line end, which is kept; `--trim` drops it",
        ),
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_too_long_is_refused_with_the_limits() {
        let value = |length| Zeroizing::new(vec![b'x'; length]);
        assert!(to_answer(value(MAX_LENGTH)).is_ok());
        let Err(error) = to_answer(value(MAX_LENGTH + 1)) else {
            panic!("the value is accepted");
        };
        let text = error.to_string();
        for words in ["the value has more than 4 MiB", "64 KB", "1 MiB"] {
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn trim_removes_one_line_end() {
        for (input, trim, expected) in [
            ("a", true, "a"),
            ("a\n", true, "a"),
            ("a\r\n", true, "a"),
            ("a\n\n", true, "a\n"),
            ("a\n", false, "a\n"),
        ] {
            let value = handle_line_end(Zeroizing::new(input.into()), trim, Typing::SECRET_TEXT);
            assert_eq!(value.as_slice(), expected.as_bytes(), "{input:?} {trim}");
        }
    }

    #[test]
    fn a_file_that_is_too_long_or_not_utf_8_is_refused() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, &vec![b'x'; MAX_LENGTH]).unwrap();
        let read = || read_file(file.path()).unwrap();
        assert_eq!(to_text(&read(), "a").map(str::len).ok(), Some(MAX_LENGTH));
        std::io::Write::write_all(&mut file.as_file(), b"xx").unwrap();
        assert!(
            to_text(&read(), "a")
                .unwrap_err()
                .to_string()
                .contains("a has more than 4 MiB")
        );
        assert!(
            to_text(b"\xff", "a")
                .unwrap_err()
                .to_string()
                .contains("a is not text in UTF-8")
        );
    }
}
