//! Signals while the command is blocked: on a pipe, on cargo, or on a write that is not answered
//! yet.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::artifact;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::package::{COMMAND, Package, cargo};
use crate::support::transfer_config::TransferConfig;
use crate::support::{environment, kms};

/// Enough time to handle a signal, and shorter than every wait that a signal interrupts.
const SOON: Duration = Duration::from_secs(8);

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(COMMAND);
    command.args(arguments);
    environment::clear(&mut command);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn send_signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("the process exists");
}

/// Returns the exit status of the command and its standard error.
fn wait_for_end(mut child: Child, since: Instant) -> (Option<i32>, String) {
    let status = child.wait().expect("a child can be waited for");
    assert!(since.elapsed() < SOON, "it took {:?}", since.elapsed());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .expect("the stream is a pipe")
        .read_to_string(&mut stderr)
        .expect("standard error is UTF-8");
    (status.code(), stderr)
}

/// Waits until the thread `name` sleeps in a kernel function whose name, in `/proc`, contains
/// `word`.
#[cfg(target_os = "linux")]
fn wait_until_thread_waits(child: &Child, name: &str, word: &str) {
    let tasks = format!("/proc/{}/task", child.id());
    loop {
        for task in std::fs::read_dir(&tasks)
            .expect("the process exists")
            .flatten()
        {
            let read =
                |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
            if read("comm").trim() == name && read("wchan").contains(word) {
                return;
            }
        }
        std::thread::yield_now();
    }
}

/// Opening a pipe without a writer blocks.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_interrupts_the_opening_of_a_pipe() {
    let artifact = artifact::write_artifact::<TransferConfig>();
    let artifact = artifact.to_str().expect("the path is text");
    for sent in [Signal::INT, Signal::TERM, Signal::QUIT, Signal::HUP] {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("values.env");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU)
            .expect("a pipe can be created");
        let pipe = pipe.to_str().expect("the path is text");
        let child = command(&["import", pipe, "--artifact", artifact, "--stage", "dev"])
            .spawn()
            .unwrap();
        wait_until_thread_waits(&child, "command", "wait_for_partner");
        let since = Instant::now();
        send_signal(&child, sent);
        let (code, stderr) = wait_for_end(child, since);
        assert_eq!(
            (code, stderr.as_str()),
            (Some(130), "interrupted: nothing was changed\n"),
            "{sent:?}"
        );
    }
}

/// Asserts that a running cargo ends when the command ends. The command starts `sh` in place of
/// cargo. `sh` reads the subcommand of cargo as the name of a script, which writes its process id
/// and then sleeps for minutes.
fn assert_ends_with_command(subcommand: &str, arguments: &[&str]) {
    let package = Package::new("");
    package.write(
        subcommand,
        "echo $$ > written\nmv written number\nexec sleep 600\n",
    );
    let child = command(arguments)
        .current_dir(package.path())
        .env("CARGO", "sh")
        .spawn()
        .expect("the command starts");
    // When the file exists, the script is running.
    let process_id_file = package.path().join("number");
    while !process_id_file.exists() {
        std::thread::yield_now();
    }
    let process_id = std::fs::read_to_string(process_id_file).expect("the file has been written");
    let process_id: i32 = process_id
        .trim()
        .parse()
        .expect("the script writes its process id");

    let since = Instant::now();
    send_signal(&child, Signal::TERM);
    let (code, stderr) = wait_for_end(child, since);
    assert_eq!(
        (code, stderr.as_str()),
        (Some(130), "interrupted: nothing was changed\n")
    );
    let cargo = Pid::from_raw(process_id).expect("it is a process id");
    assert!(
        rustix::process::test_kill_process(cargo).is_err(),
        "cargo {subcommand} still runs"
    );
}

#[test]
fn a_signal_ends_the_build_too() {
    assert_ends_with_command("build", &["show"]);
}

#[test]
fn a_signal_ends_cargo_metadata_too() {
    assert_ends_with_command(
        "metadata",
        &["seal", "--verify", "--offline", "--stage", "prod"],
    );
}

/// The command writes to a full pipe.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_interrupts_blocked_output() {
    let artifact = artifact::write_artifact::<TransferConfig>();
    let artifact = artifact.to_str().expect("the path is text");
    let (mut reader, writer) = std::io::pipe().unwrap();
    // The pipe is full before the command starts.
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while rustix::io::write(&writer, &[b' '; 4096]).is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    let child = command(&["show", "--artifact", artifact])
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_until_thread_waits(&child, "command", "pipe");
    let since = Instant::now();
    send_signal(&child, Signal::INT);
    let (code, stderr) = wait_for_end(child, since);
    assert_eq!(
        (code, stderr.as_str()),
        (Some(130), "interrupted: nothing was changed\n")
    );
    assert!(reader.read(&mut [0]).is_ok());
}

/// Starts an endpoint without parameters. It reports each write on the channel, and answers the
/// write with `answer`.
fn start_endpoint(
    answer: impl Fn() -> Answer + Send + Sync + 'static,
) -> (Endpoint, mpsc::Receiver<()>) {
    let (report_write, writes) = mpsc::channel();
    let endpoint = Endpoint::start(move |request| match request.operation.as_str() {
        "PutParameter" => {
            report_write.send(()).expect("the test waits");
            answer()
        }
        "GetParameters" => Answer::json(
            &serde_json::json!({ "Parameters": [], "InvalidParameters": request.names }),
        ),
        _ => Answer::json(&serde_json::json!({ "Parameters": [] })),
    });
    (endpoint, writes)
}

fn start_write(endpoint: &Endpoint, arguments: &[&str], input: &str) -> Child {
    use std::io::Write as _;
    let artifact = artifact::write_artifact::<TransferConfig>();
    let mut command = command(arguments);
    command
        .arg("--artifact")
        .arg(artifact)
        .env("CARGO", cargo())
        .env("AWS_ENDPOINT_URL", &endpoint.url);
    command
        .env("AWS_REGION", kms::REGION)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    let mut child = command.spawn().expect("the command starts");
    child
        .stdin
        .take()
        .expect("the stream is a pipe")
        .write_all(input.as_bytes())
        .expect("the command reads");
    child
}

#[test]
fn a_second_signal_ends_a_hanging_write() {
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let (endpoint, writes) = start_endpoint(move || {
        let _ = released.lock().unwrap().recv();
        Answer::internal_error()
    });
    let mut child = start_write(&endpoint, &["set", "table_name", "--stage", "dev"], "x");
    writes.recv().expect("the request comes");
    let since = Instant::now();
    send_signal(&child, Signal::INT);
    let mut first = vec![0; "interrupted: finishing the write".len()];
    let stderr = child.stderr.as_mut().expect("the stream is a pipe");
    stderr
        .read_exact(&mut first)
        .expect("the command prints a message");
    assert_eq!(
        String::from_utf8(first).unwrap(),
        "interrupted: finishing the write"
    );
    send_signal(&child, Signal::INT);
    let (code, stderr) = wait_for_end(child, since);
    assert_eq!(code, Some(130));
    assert!(
        stderr.ends_with(
            "interrupted: a write was not answered and may have succeeded: check the \
             current value\n"
        ),
        "{stderr}"
    );
    drop(release);
}

/// Sends SIGINT while the command waits for the answer to a write. Then the endpoint answers the
/// write. Returns what the command prints to standard error after its first message.
fn interrupt_write(arguments: &[&str], input: &str, answer: fn() -> Answer) -> String {
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let (endpoint, writes) = start_endpoint(move || {
        let _ = released.lock().expect("no other answer panicked").recv();
        answer()
    });
    let mut child = start_write(&endpoint, arguments, input);
    writes.recv().expect("the request comes");
    send_signal(&child, Signal::INT);
    let line = "interrupted: finishing the write that has begun; a second signal ends the command at once\n";
    let mut first = vec![0; line.len()];
    let stderr = child.stderr.as_mut().expect("the stream is a pipe");
    stderr
        .read_exact(&mut first)
        .expect("the command prints a message");
    assert!(
        line.as_bytes().ends_with(&first) || line.as_bytes() == first,
        "{}",
        String::from_utf8_lossy(&first)
    );
    release.send(()).expect("the endpoint waits");
    let (code, stderr) = wait_for_end(child, Instant::now());
    assert_eq!(code, Some(130), "{stderr}");
    assert!(
        writes.try_recv().is_err(),
        "a second write has begun: {stderr}"
    );
    stderr
}

#[test]
fn a_refused_write_is_not_reported_as_written() {
    let denied = || {
        Answer::not_authorized(
            "ssm:PutParameter",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/move/dev/table_name",
        )
    };
    let stderr = interrupt_write(&["set", "table_name", "--stage", "dev"], "x", denied);
    assert!(
        stderr.contains("error: ") && stderr.ends_with("interrupted: nothing was changed\n"),
        "{stderr}"
    );
}

#[test]
fn an_interrupted_import_reports_its_last_write_and_stops() {
    let written = || Answer::json(&serde_json::json!({ "Version": 1, "Tier": "Standard" }));
    let arguments = [
        "import", "-", "--format", "dotenv", "--yes", "--stage", "dev",
    ];
    let stderr = interrupt_write(&arguments, "TABLE_NAME=t\nPORT=1\n", written);
    assert!(stderr.contains("table_name is written: "), "{stderr}");
    assert!(
        stderr.ends_with("interrupted: earlier writes stay, and nothing more was changed\n"),
        "{stderr}"
    );
    let stderr = interrupt_write(&arguments, "TABLE_NAME=t\n", written);
    assert!(stderr.contains("table_name is written: "), "{stderr}");
}
