//! Counts the user-space instructions of a program with callgrind. Their number varies little
//! between runs and machines.

use std::process::{Command, Stdio};

use crate::Error;

pub(crate) fn has_valgrind() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Returns the command that runs the program in callgrind.
pub(crate) fn command(program: &[String]) -> Command {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(program);
    command
}

/// Returns the command that counts only the instructions of the function with this name, including
/// those of the functions that it calls. The name of a called function must not contain this name,
/// because callgrind would not count the instructions of that function.
pub(crate) fn function_command(program: &[String], function: &str) -> Command {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect=*{function}*"))
        .args(program);
    command
}

/// Runs the command, and returns the number of instructions.
pub(crate) fn count(command: &mut Command) -> Result<u64, Error> {
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("the program failed in valgrind, {}:\n{text}", output.status).into());
    }
    match parse(&text) {
        None => Err("valgrind printed no count".into()),
        // Callgrind counts nothing if it does not find the function.
        Some(0) => Err("valgrind counted no instruction".into()),
        Some(count) => Ok(count),
    }
}

/// Parses the line `==123== Collected : 23456`.
fn parse(output: &str) -> Option<u64> {
    let line = output.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_count_is_parsed() {
        let output = "==7== Events    : Ir\n==7== Collected : 23456\n==7==\n";
        assert_eq!(parse(output), Some(23_456));
        assert_eq!(parse("==7== Events    : Ir\n"), None);
    }
}
