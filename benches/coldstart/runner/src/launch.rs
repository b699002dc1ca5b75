//! Runs one program and measures it, in a process that does nothing else.
//!
//! Linux counts the memory of the process that starts a program as a part of the program's peak
//! memory. The runner contains the endpoint, so it is large. The process of this module is small.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use wait4::Wait4 as _;

use crate::Error;

/// The runner launches a program if this is its first argument.
pub(crate) const ARGUMENT: &str = "launch";

/// A program to run, and its cgroup.
#[derive(Serialize, Deserialize)]
pub(crate) struct Launch {
    pub(crate) command: Vec<String>,
    /// The file that lists the processes of the cgroup.
    pub(crate) cgroup: Option<PathBuf>,
}

/// The measured run of a program.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Milliseconds from the start of the process to the first byte of its output.
    pub(crate) ready_ms: f64,
    /// Milliseconds of CPU, in user space and in the kernel.
    pub(crate) cpu_ms: f64,
    /// The largest amount of memory that was resident.
    pub(crate) peak_bytes: u64,
    pub(crate) output: String,
    pub(crate) succeeded: bool,
}

/// Reads a `Launch` from the argument, runs it, and prints the `Run`, both as JSON.
pub(crate) fn main(argument: &str) -> Result<(), Error> {
    let launch: Launch = serde_json::from_str(argument)?;
    let run = match &launch.cgroup {
        Some(processes) => measure_in_cgroup(processes, &launch.command)?,
        None => measure(&launch.command)?,
    };
    writeln!(io::stdout(), "{}", serde_json::to_string(&run)?)?;
    Ok(())
}

fn measure(command: &[String]) -> Result<Run, Error> {
    let (program, arguments) = command.split_first().ok_or("the command is empty")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let start = Instant::now();
    finish(command.spawn()?, start, Duration::ZERO)
}

/// A shell script that enters the cgroup whose list of processes is the file `$0`, prints a line,
/// waits for a line of input, and becomes the program.
const ENTER: &str = r#"echo $$ > "$0" && echo && read -r _ && exec "$@""#;

/// Measures a program in a cgroup. This process stays outside the cgroup, so that the quota does
/// not delay its measurement of time. The shell enters the cgroup, which takes up to 15 ms, before
/// the measurement starts. After the pause, the cgroup has its full quota when the program begins.
fn measure_in_cgroup(processes: &Path, command: &[String]) -> Result<Run, Error> {
    let mut child = Command::new("sh")
        .args(["-c", ENTER])
        .arg(processes)
        .args(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("the shell has no input")?;
    let stdout = child.stdout.as_mut().ok_or("the shell has no output")?;
    stdout.read_exact(&mut [0])?;
    thread::sleep(Duration::from_millis(60));

    let cpu_of_shell = read_cpu(child.id());
    let start = Instant::now();
    stdin.write_all(b"\n")?;
    drop(stdin);
    finish(child, start, cpu_of_shell)
}

/// Returns the CPU time of a process with one thread, or zero if the kernel does not tell it.
fn read_cpu(process: u32) -> Duration {
    let times = fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap_or_default();
    let nanoseconds = times.split(' ').next().and_then(|time| time.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// Waits for the first byte of the output, and for the end of the process. `cpu_before` is the CPU
/// time that the process used before `start`.
fn finish(mut child: Child, start: Instant, cpu_before: Duration) -> Result<Run, Error> {
    let mut stdout = child.stdout.take().ok_or("the program has no output")?;
    let mut output = vec![0; 1];
    let length = stdout.read(&mut output)?;
    let ready = start.elapsed();

    output.truncate(length);
    stdout.read_to_end(&mut output)?;
    let end = child.wait4()?;
    let cpu = (end.rusage.utime + end.rusage.stime).saturating_sub(cpu_before);
    Ok(Run {
        ready_ms: ready.as_secs_f64() * 1e3,
        cpu_ms: cpu.as_secs_f64() * 1e3,
        peak_bytes: end.rusage.maxrss,
        output: String::from_utf8_lossy(&output).into_owned(),
        succeeded: end.status.success(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).into()
    }

    #[test]
    fn a_run_has_the_whole_output_and_the_status() {
        let run = measure(&shell("echo ok; exit 3")).expect("there is a shell");
        assert_eq!((run.output.as_str(), run.succeeded), ("ok\n", false));
        let run = measure(&shell("true")).expect("there is a shell");
        assert_eq!((run.output.as_str(), run.succeeded), ("", true));
        assert!(run.peak_bytes > 0);
    }

    #[test]
    fn the_process_that_enters_the_cgroup_becomes_the_program() {
        // A file replaces the group's list of processes.
        let name = format!("coldstart-test-{}", std::process::id());
        let processes = std::env::temp_dir().join(name);
        let run = measure_in_cgroup(&processes, &shell("echo $$")).expect("there is a shell");
        let entered = fs::read_to_string(&processes).expect("the shell wrote its process");
        fs::remove_file(&processes).expect("the file exists");
        assert_eq!(run.output, entered);
        assert!(run.succeeded);
    }
}
