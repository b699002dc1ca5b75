//! Signals such as Ctrl-C: a command ends immediately, but finishes a write that has begun.
//!
//! The command runs in its own thread, and the main thread handles signals. So a signal also ends a
//! command whose thread is blocked, for example because the command parses, waits for
//! `cargo build`, opens a pipe, or writes to a full pipe.

mod process_group;
mod signals;

use std::future::Future;
use std::io::{self, Read};
use std::process::{Child, Command, ExitCode, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{Notify, oneshot};

use crate::{output, terminal};
pub(crate) use process_group::run_in_group;
use signals::Signals;

/// The exit status that a shell reports for a program ended by Ctrl-C.
const INTERRUPTED_STATUS: u8 = 130;

/// The stack size of the command's thread: the usual size of a main thread on Linux.
const STACK_SIZE: usize = 8 << 20;

/// The maximum time until a command without a running write stops.
const CLEANUP_TIMEOUT: Duration = Duration::from_millis(300);

/// The maximum time until a running write ends.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether the command must stop. [`STOP`] wakes a waiting command.
static STOPPED: AtomicBool = AtomicBool::new(false);
static STOP: Notify = Notify::const_new();

/// The number of running writes that must not be interrupted. Writes may be nested.
static WRITING: AtomicUsize = AtomicUsize::new(0);

/// Whether anything was written.
static WROTE: AtomicBool = AtomicBool::new(false);

/// Whether a write failed without an answer, so that it may have succeeded.
static WRITE_UNKNOWN: AtomicBool = AtomicBool::new(false);

/// The child process that the command waits for.
static CHILD: Mutex<Option<RunningChild>> = Mutex::new(None);

/// A child process.
struct RunningChild {
    child: Child,
    /// Whether the child process is the leader of its own process group.
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has process groups"))]
    leads_group: bool,
}

/// Runs a command until it ends or is interrupted.
pub(crate) fn run_interruptible<F>(
    command: impl FnOnce() -> F + Send + 'static,
) -> io::Result<ExitCode>
where
    F: Future<Output = ExitCode>,
{
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // Register the signals before the command begins.
    let mut signals = runtime.block_on(async { Signals::new() })?;
    let (end, ended) = oneshot::channel();
    let command_runtime = Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new()
        .name("command".to_owned())
        .stack_size(STACK_SIZE)
        .spawn(move || {
            let code = command_runtime.block_on(run_until_stopped(command()));
            // Do not wait for the threads of the runtime. A thread that reads a terminal or a pipe
            // ends only with the process.
            command_runtime.shutdown_background();
            // The receiver may be gone, because it waits only for a limited time after a signal.
            let _ = end.send(code);
        })?;
    Ok(runtime.block_on(supervise(&mut signals, ended)))
}

async fn supervise(
    signals: &mut Signals,
    mut ended: oneshot::Receiver<Option<ExitCode>>,
) -> ExitCode {
    tokio::select! {
        biased;
        code = &mut ended => match code {
            Ok(Some(code)) => return code,
            Ok(None) => {}
            // The thread panicked and has printed its message.
            Err(_) => return ExitCode::FAILURE,
        },
        () = signals.wait_for_interrupt() => {}
    }
    STOPPED.store(true, SeqCst);
    STOP.notify_one();
    end_child();

    // After this point, a write begins only inside a write that is already running.
    let timeout = if is_writing() {
        output::eprint_line(
            "interrupted: finishing the write that has begun; a second signal ends the command at \
             once",
        );
        WRITE_TIMEOUT
    } else {
        CLEANUP_TIMEOUT
    };
    tokio::select! {
        biased;
        _ = &mut ended => {}
        () = signals.wait_for_interrupt() => {}
        () = tokio::time::sleep(timeout) => {}
    }
    terminal::restore();
    output::eprint_line(interruption_message());
    ExitCode::from(INTERRUPTED_STATUS)
}

fn is_writing() -> bool {
    WRITING.load(SeqCst) > 0
}

/// Returns the last line that an interrupted command prints.
fn interruption_message() -> &'static str {
    if is_writing() || WRITE_UNKNOWN.load(SeqCst) {
        "interrupted: a write was not answered and may have succeeded: check the current value"
    } else if WROTE.load(SeqCst) {
        "interrupted: earlier writes stay, and nothing more was changed"
    } else {
        "interrupted: nothing was changed"
    }
}

/// Runs the command until it must stop. Then the command is dropped at its current await point. A
/// write that has begun is finished and reported first.
async fn run_until_stopped(command: impl Future<Output = ExitCode>) -> Option<ExitCode> {
    let mut command = std::pin::pin!(command);
    tokio::select! {
        biased;
        () = STOP.notified() => {}
        code = &mut command => return Some(code),
    }
    if is_writing() {
        std::future::poll_fn(|context| match command.as_mut().poll(context) {
            Poll::Pending if is_writing() => Poll::Pending,
            // The command starts no other write: `protect_write` waits forever.
            _ => Poll::Ready(()),
        })
        .await;
    }
    None
}

/// Runs a write. A write that has begun is not interrupted, because a sent request cannot be
/// cancelled. If the command must already stop, the write does not begin, and this function waits
/// forever. A write inside a running write is part of that write, so it begins nevertheless.
pub(crate) async fn protect_write<T, E>(write: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    protect_write_if(write, |_| true).await
}

/// Runs a write like [`protect_write`]. `is_written` returns whether the result means that
/// something was written.
pub(crate) async fn protect_write_if<T, E>(
    write: impl Future<Output = Result<T, E>>,
    is_written: impl FnOnce(&T) -> bool,
) -> Result<T, E> {
    // The order matters: this thread sets WRITING and then reads STOPPED; the main thread sets
    // STOPPED and then reads WRITING. So either this thread sees that the command must stop, or the
    // main thread sees the write and waits for it.
    let is_nested = WRITING.fetch_add(1, SeqCst) > 0;
    if STOPPED.load(SeqCst) && !is_nested {
        WRITING.fetch_sub(1, SeqCst);
        std::future::pending::<()>().await;
    }
    let written = write.await;
    if written.as_ref().is_ok_and(is_written) {
        WROTE.store(true, SeqCst);
    }
    WRITING.fetch_sub(1, SeqCst);
    written
}

/// Runs the rest of a write whose first part is complete. An interrupted command waits for the rest
/// as for a write: at most [`WRITE_TIMEOUT`].
pub(crate) async fn finish_write<T>(rest: impl Future<Output = T>) -> T {
    WRITING.fetch_add(1, SeqCst);
    let result = rest.await;
    WRITING.fetch_sub(1, SeqCst);
    result
}

/// Records that a write failed without an answer, so that it may have succeeded.
pub(crate) fn mark_write_unknown() {
    WRITE_UNKNOWN.store(true, SeqCst);
}

/// Runs a program to its end. Returns its exit status, and the content of its standard output and
/// standard error if these are pipes. If the command is interrupted, kills the program and does not
/// return.
pub(crate) fn run_program(program: &mut Command) -> io::Result<Output> {
    let pipes = start_child(program, false, |child| {
        (child.stdout.take(), child.stderr.take())
    })?;
    let Some((stdout, stderr)) = pipes else {
        park_forever()
    };

    // Read both pipes at the same time, because a program blocks when one of them is full.
    let (stdout, stderr) = std::thread::scope(|scope| {
        let stderr = scope.spawn(|| read_pipe(stderr));
        (
            read_pipe(stdout),
            stderr.join().unwrap_or_else(|_| Ok(Vec::new())),
        )
    });
    let running = lock_child().take();
    let status = running
        .map(|mut running| running.child.wait())
        .transpose()?;
    match status {
        Some(status) if !STOPPED.load(SeqCst) => Ok(Output {
            status,
            stdout: stdout?,
            stderr: stderr?,
        }),
        // A program that was killed has no result.
        _ => park_forever(),
    }
}

fn read_pipe(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut content)?;
    }
    Ok(content)
}

/// Blocks forever. The main thread ends the process.
fn park_forever() -> ! {
    loop {
        std::thread::park();
    }
}

fn lock_child() -> MutexGuard<'static, Option<RunningChild>> {
    CHILD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a child process, and returns what `take` takes from it. Returns `None` if the command
/// must stop.
fn start_child<T>(
    program: &mut Command,
    leads_group: bool,
    take: impl FnOnce(&mut Child) -> T,
) -> io::Result<Option<T>> {
    // STOPPED is set before `end_child` takes this lock. So either the program does not start, or
    // `end_child` finds it.
    let mut running = lock_child();
    if STOPPED.load(SeqCst) {
        return Ok(None);
    }
    let child = program.spawn()?;
    let running = running.insert(RunningChild { child, leads_group });
    Ok(Some(take(&mut running.child)))
}

fn end_child() {
    if let Some(running) = lock_child().take() {
        // This fails if the program has already ended.
        let _ = running.end();
    }
}
