//! Programs that panic, hang, fork, use local values or never load; a program whose load fails as a
//! whole; a program that is not run; and a signal during the run.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Check, environment};
use crate::support::endpoint::{Answer, Endpoint};

/// Asserts that the run did not verify the stage, and that the report contains this reason.
#[track_caller]
fn assert_not_verified(stage: &Value, kind: &str, detail: &str) {
    assert_eq!(stage["run"]["kind"], kind, "{stage}");
    let text = stage["run"]["detail"].as_str().expect("a text");
    assert!(text.contains(detail), "{text}");
    let items = stage["unverified"].as_array().expect("a list");
    let run: Vec<&Value> = items.iter().filter(|item| item["kind"] == "run").collect();
    assert_eq!(run.len(), 1, "{items:?}");
    assert_eq!(run[0]["detail"], stage["run"]["detail"]);
    assert_eq!(
        stage["result"], "complete",
        "the result must come from the values that the command has read"
    );
    assert_ne!(stage["unverified_values"]["program"], 0);
}

#[test]
fn a_program_that_never_loads_is_not_verified() {
    let stage = Check::new("nothing", &[]).run_json(0);
    assert_not_verified(&stage, "not_reached", "not reached: the program ended");
    let ran = Check::new("nothing", &[]).run().assert_code(0);
    let line = "not verified: not reached: the program ended (exit status: 0) without a load of \
                `Config`";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    assert!(ran.stdout.contains("--show-output"), "{}", ran.stdout);
    Check::with_options("nothing", &[], &["--strict"])
        .run()
        .assert_code(1);
}

#[test]
fn a_program_that_panics_before_the_load_is_not_verified() {
    let stage = Check::new("panic", &[]).run_json(0);
    assert_not_verified(&stage, "not_reached", "exit status: 101");
}

#[test]
fn a_program_that_panics_in_its_check_is_not_verified() {
    let stage = Check::new("panic in validate", &[]).run_json(0);
    assert_not_verified(&stage, "not_finished", "during its check");
}

#[test]
fn a_program_that_hangs_is_killed() {
    for (behaviour, kind) in [
        ("hang", "not_reached"),
        ("hang in validate", "not_finished"),
    ] {
        let check = Check::with_options(behaviour, &[], &["--run-timeout", "2s"]);
        assert_not_verified(&check.run_json(0), kind, "the program ran for 2s");
    }
}

#[test]
fn local_values_verify_nothing() {
    let stage = Check::new("local", &[]).run_json(0);
    assert_not_verified(&stage, "local_values", "local values (memory)");
}

#[test]
fn an_error_of_the_whole_load_is_a_problem_of_the_stage() {
    let stage = Check::new("absent local file", &[]).run_json(1);
    assert_eq!(
        (&stage["result"], &stage["run"]["kind"]),
        (&json!("incomplete"), &json!("failed"))
    );
    let detail = stage["problem"]["detail"].as_str().expect("a text");
    assert!(detail.contains("absent.toml"), "{detail}");
}

/// The program is not run for `WrongDefaults`, because it would only wait for the same stores
/// again. The program is run for `Config`, because the program's own store may still answer.
#[test]
fn a_program_is_not_run_if_nothing_could_be_read() {
    let run = |config: &str, behaviour: &str, code: i32| {
        let mut check = Check::for_config(config, behaviour, &[], &[]);
        let endpoint = Endpoint::start(|_| Answer::expired_token());
        check.command.env("AWS_ENDPOINT_URL", &endpoint.url);
        environment::run(check, code)
    };
    let (stage, seen) = run("WrongDefaults", "load of wrong defaults", 2);
    assert_eq!(seen, None, "{stage}");
    assert_eq!(stage["run"]["kind"], "not_started");
    assert_eq!(stage["problem"], Value::Null);
    let items = stage["unverified"].as_array().expect("a list");
    let run_item = items.iter().find(|item| item["kind"] == "run");
    let detail = "not run, because nothing could be read";
    assert_eq!(run_item.expect("the reason")["detail"], detail);

    let (stage, seen) = run("Config", "load", 2);
    assert!(seen.is_some(), "{stage}");
    assert_eq!(stage["run"]["kind"], "verified", "{stage}");
}

/// Waits until no process has this id, or until the process with this id is a zombie. A killed
/// process may be a zombie until the init process of a container reaps it.
#[cfg(target_os = "linux")]
fn wait_until_ended(id: &str) {
    let stat = format!("/proc/{id}/stat");
    let since = std::time::Instant::now();
    while let Ok(text) = std::fs::read_to_string(&stat) {
        let state = text
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.chars().next());
        if state == Some('Z') {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "{id} still runs");
        std::thread::yield_now();
    }
}

/// The child inherits the standard streams. With `--show-output`, a child that is not killed would
/// keep the pipe of the test open.
#[cfg(target_os = "linux")]
#[test]
fn a_child_of_the_program_is_killed_with_it() {
    for (behaviour, kind) in [
        ("fork and load", "verified"),
        ("fork and end", "not_reached"),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let file = folder.path().join("id");
        let check = Check::with_options(behaviour, &[], &["--show-output"]);
        let stage = check
            .env("CHILD_ID", file.to_str().expect("the path is text"))
            .run_json(0);
        assert_eq!(stage["run"]["kind"], kind, "{stage}");
        wait_until_ended(&std::fs::read_to_string(file).expect("the program writes the id"));
    }
}

/// Ctrl-C reaches only the command, because the program has a process group of its own. So the
/// command must end the program.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_the_command_and_the_program() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::process::Stdio;

    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (variables, temporary) = (folder.path().join("variables"), folder.path().join("tmp"));
    std::fs::create_dir(&temporary).expect("the folder can be created");
    let mut check = Check::new("hang", &[])
        .env(
            "SEEN_VARIABLES",
            variables.to_str().expect("the path is text"),
        )
        .env("TMPDIR", temporary.to_str().expect("the path is text"));
    let mut child = check
        .command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    let program = loop {
        let children = format!("/proc/{0}/task/{0}/children", child.id());
        let ids = std::fs::read_to_string(children).unwrap_or_default();
        // Usually, the program is not a child of the main thread: the command runs the verb in
        // another thread, and that thread starts the program.
        let ids = if ids.is_empty() {
            find_children(child.id())
        } else {
            ids
        };
        if variables.exists()
            && let Some(id) = ids.split_whitespace().next()
        {
            break id.to_owned();
        }
        std::thread::yield_now();
    };
    kill_process(Pid::from_child(&child), Signal::INT).expect("the process exists");
    let status = child.wait().expect("a child can be waited for");
    assert_eq!(status.code(), Some(130));
    wait_until_ended(&program);
    let left = std::fs::read_dir(temporary).expect("the folder exists");
    assert_eq!(left.count(), 0, "the folder of the report must be removed");
}

/// Returns the ids of the children that the threads of a process have started.
#[cfg(target_os = "linux")]
fn find_children(id: u32) -> String {
    let tasks = std::fs::read_dir(format!("/proc/{id}/task"));
    let read = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children"));
    tasks
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|task| read(task).ok())
        .collect()
}
