//! The prompt of `seal` for a value, at a pseudo-terminal that echoes input unless the command
//! turns echo off.

use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use rustix::process::{Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr, tcgetpgrp};

use crate::support::package::{Package, open_sealed};
use crate::support::planted::{SECRET, assert_clean};

const TIMEOUT_MS: u64 = 30_000;

/// Runs `script`, in which `"$@"` is the command. rexpect itself turns echo off, so a test would
/// not notice that the command fails to turn echo off. Therefore `stty` turns echo on first.
pub(crate) fn start_terminal(script: &str, command: &Command) -> PtySession {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("stty sane && {script}"), "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    shell.env_clear().envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    shell.env("PATH", std::env::var_os("PATH").expect("PATH is set"));
    shell.current_dir(command.get_current_dir().expect("a folder is given"));
    spawn_command(shell, Some(TIMEOUT_MS)).expect("a pseudo-terminal can be created")
}

fn start_prompt(package: &Package) -> PtySession {
    start_prompt_with("exec \"$@\"", package)
}

fn start_prompt_with(script: &str, package: &Package) -> PtySession {
    let mut terminal = start_terminal(
        script,
        &package.seal_command(&["stripe_key", "--stage", "prod"]),
    );
    terminal
        .exp_string("Value of `stripe_key` for the stage `prod` (typing is hidden): ")
        .expect("the command asks");
    terminal
}

/// Returns the remaining output and the exit code of the command.
pub(crate) fn wait_for_end(mut terminal: PtySession) -> (String, i32) {
    let screen = terminal.exp_eof().expect("the command ends");
    match terminal.process().wait() {
        Ok(WaitStatus::Exited(_, code)) => (screen, code),
        other => panic!("{other:?}: {screen}"),
    }
}

#[test]
fn the_test_terminal_echoes_input() {
    let mut program = Command::new("cat");
    program.current_dir(".");
    let mut terminal = start_terminal("echo ready && exec \"$@\"", &program);
    terminal.exp_string("ready").expect("the shell prints it");
    terminal
        .send_line(SECRET)
        .expect("the terminal accepts a line");
    terminal.exp_string(SECRET).expect("the terminal shows it");
    terminal.exp_string(SECRET).expect("cat answers");
}

#[test]
fn typed_input_is_sealed_and_not_echoed() {
    let package = Package::with_stage("typed");
    let mut terminal = start_prompt(&package);
    terminal
        .send_line(SECRET)
        .expect("the terminal accepts a line");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    assert_clean("the terminal", &screen);
    assert!(
        screen.contains("sealed/prod/stripe_key is sealed for the stage `prod`"),
        "{screen}"
    );
    assert_eq!(
        open_sealed(&package, "prod", "stripe_key"),
        SECRET.as_bytes(),
        "without the line end"
    );
}

#[test]
fn a_long_line_is_read_completely() {
    let package = Package::with_stage("long-line");
    let long = "x".repeat(6000);
    let mut terminal = start_prompt(&package);
    terminal
        .send_line(&long)
        .expect("the terminal accepts a line");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    assert_eq!(open_sealed(&package, "prod", "stripe_key"), long.as_bytes());
}

#[test]
fn ctrl_c_writes_nothing_and_restores_the_terminal() {
    let package = Package::with_stage("ctrl-c");
    let before = package.read_sealed();
    let mut terminal = start_prompt(&package);
    terminal.send(SECRET).expect("the terminal accepts text");
    terminal
        .send_control('c')
        .expect("the terminal accepts Ctrl-C");
    let tty = terminal
        .process()
        .get_file_handle()
        .expect("the terminal's other end");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 130, "{screen}");
    assert!(
        screen.contains("interrupted: nothing was changed"),
        "{screen}"
    );
    assert_clean("the terminal", &screen);
    assert_eq!(package.read_sealed(), before);
    let modes = tcgetattr(&tty).expect("the terminal has modes").local_modes;
    assert!(
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG),
        "{modes:?}"
    );
}

#[test]
fn pasted_lines_are_refused_and_discarded() {
    let package = Package::with_stage("paste");
    let before = package.read_sealed();
    let script =
        "{ \"$@\"; echo \"status $?\"; IFS= read -r line; echo \"the shell read: $line\"; }";
    let mut terminal = start_prompt_with(script, &package);
    terminal
        .send(&format!(
            "-----BEGIN KEY-----\n{SECRET}\n-----END KEY-----\n"
        ))
        .expect("the terminal accepts text");
    terminal.flush().expect("the terminal accepts text");
    let output = terminal
        .exp_string("status 1")
        .expect("the command refuses");
    assert!(output.contains("several lines were pasted"), "{output}");
    terminal
        .send_line("later")
        .expect("the terminal accepts a line");
    let (screen, _) = wait_for_end(terminal);
    assert!(screen.contains("the shell read: later"), "{screen}");
    assert_clean("the terminal", &format!("{output}{screen}"));
    assert_eq!(package.read_sealed(), before);
}

/// A user pastes two commands, and the terminal does not mark the text as pasted.
#[test]
fn a_line_before_the_prompt_is_discarded() {
    let package = Package::with_stage("two-commands");
    let seal = package.seal_command(&["stripe_key", "--stage", "prod"]);
    let mut terminal = start_terminal("echo ready && IFS= read -r line && exec \"$@\"", &seal);
    terminal.exp_string("ready").expect("the shell prints it");
    terminal
        .send("cargo stage seal stripe_key\ncargo stage seal token\n")
        .expect("the terminal accepts text");
    terminal.flush().expect("the terminal accepts text");
    let before = terminal
        .exp_string("(typing is hidden): ")
        .expect("the command asks");
    assert!(
        before.contains("note: what was typed before this prompt was discarded"),
        "{before}"
    );
    terminal
        .send_line(SECRET)
        .expect("the terminal accepts a line");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    assert_eq!(
        open_sealed(&package, "prod", "stripe_key"),
        SECRET.as_bytes()
    );
}

#[test]
fn an_empty_line_is_refused() {
    let package = Package::with_stage("empty-line");
    let before = package.read_sealed();
    let mut terminal = start_prompt(&package);
    terminal.send_line("").expect("the terminal accepts a line");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("the value is empty"), "{screen}");
    assert_eq!(package.read_sealed(), before);
}

/// Like Ctrl-C, Ctrl-\ ends the command with an exit status, so there is no core dump. Before it
/// ends, the command turns echo on again.
#[test]
fn ctrl_backslash_restores_the_terminal() {
    let package = Package::with_stage("quit");
    let mut terminal = start_prompt_with(
        "trap : QUIT; \"$@\"; echo \"status $?\"; stty -a; read -r line",
        &package,
    );
    terminal.send(SECRET).expect("the terminal accepts text");
    terminal.send("\u{1c}").expect("the terminal accepts a key");
    terminal.flush().expect("the terminal accepts text");
    let output = terminal.exp_string("status 130").expect("the command ends");
    assert!(
        output.contains("interrupted: nothing was changed"),
        "{output}"
    );
    terminal
        .exp_string(" echo ")
        .expect("the terminal shows what is typed");
    assert_clean("the terminal", &output);
}

/// On SIGTSTP, the signal of Ctrl-Z, the command turns echo on for the shell. After SIGCONT, the
/// command turns echo off again.
#[cfg(target_os = "linux")]
#[test]
fn a_stopped_command_restores_the_terminal() {
    let package = Package::with_stage("stopped");
    let mut terminal = start_prompt(&package);
    let tty = terminal
        .process()
        .get_file_handle()
        .expect("the terminal's other end");
    let echoes = || {
        tcgetattr(&tty)
            .expect("the terminal has modes")
            .local_modes
            .contains(LocalModes::ECHO)
    };
    let pid = tcgetpgrp(&tty).expect("the command has the terminal");
    let state = || {
        let stat =
            std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process exists");
        stat.rsplit_once(')')
            .and_then(|(_, rest)| rest.trim_start().chars().next())
    };
    assert!(!echoes());
    kill_process(pid, Signal::TSTP).expect("the process exists");
    while state() != Some('T') {
        std::thread::yield_now();
    }
    assert!(echoes());
    kill_process(pid, Signal::CONT).expect("the process exists");
    while echoes() {
        std::thread::yield_now();
    }
    terminal
        .send_line(SECRET)
        .expect("the terminal accepts a line");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    assert_clean("the terminal", &screen);
    assert_eq!(
        open_sealed(&package, "prod", "stripe_key"),
        SECRET.as_bytes()
    );
}
