//! Ctrl-C: a command ends at once wherever it is, and what it has begun to write is finished first.
//!
//! The command has a thread of its own, and signals have the main one. So a command that does not yield is ended too: one that
//! parses, waits for `cargo build`, opens a pipe, or writes to one that is full.

mod signals;

use std::future::Future;
use std::process::{Child, Command, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{Notify, oneshot};

use crate::{output, terminal};
use signals::Signals;

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED_STATUS: u8 = 130;

/// The stack of the command's thread: what a main thread has.
const STACK_SIZE: usize = 8 << 20;

/// How long a command that is not writing may take to stop.
const CLEANUP_TIMEOUT: Duration = Duration::from_millis(300);

/// How long a write that has begun may take to end.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether the command is to end; [`STOP`] says so to a command that waits.
static STOPPED: AtomicBool = AtomicBool::new(false);
static STOP: Notify = Notify::const_new();

/// How many writes are being made that must not be left half done; one may be a part of another.
static WRITING: AtomicUsize = AtomicUsize::new(0);

/// Whether anything was written.
static WROTE: AtomicBool = AtomicBool::new(false);

/// Whether a write has failed that may have been done all the same: its answer did not come.
static WRITE_UNKNOWN: AtomicBool = AtomicBool::new(false);

/// What the command has started and waits for.
static CHILD: Mutex<Option<Child>> = Mutex::new(None);

/// Runs a command until it ends or is interrupted.
pub(crate) fn run_interruptible<F>(command: impl FnOnce() -> F + Send + 'static) -> std::io::Result<ExitCode>
where
    F: Future<Output = ExitCode>,
{
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // Before the command begins.
    let mut signals = runtime.block_on(async { Signals::new() })?;
    let (end, ended) = oneshot::channel();
    let command_runtime = Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("command".to_owned()).stack_size(STACK_SIZE).spawn(move || {
        let code = command_runtime.block_on(run_until_stopped(command()));
        // Not waited for: a thread that reads a terminal or a pipe ends with the process.
        command_runtime.shutdown_background();
        // The other end waits for as long as it needs.
        let _ = end.send(code);
    })?;
    Ok(runtime.block_on(supervise(&mut signals, ended)))
}

async fn supervise(signals: &mut Signals, mut ended: oneshot::Receiver<Option<ExitCode>>) -> ExitCode {
    tokio::select! {
        biased;
        code = &mut ended => match code {
            Ok(Some(code)) => return code,
            Ok(None) => {}
            // The thread has panicked, and has said so.
            Err(_) => return ExitCode::FAILURE,
        },
        () = signals.wait_for_interrupt() => {}
    }
    STOPPED.store(true, SeqCst);
    STOP.notify_one();
    end_child();

    // From here on no write begins.
    let timeout = if is_writing() {
        output::eprint_line("interrupted: finishing the write that has begun; once more ends it at once");
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

/// What the last line says.
fn interruption_message() -> &'static str {
    if is_writing() || WRITE_UNKNOWN.load(SeqCst) {
        "interrupted: a write was not answered, and may have been done: look at what is there"
    } else if WROTE.load(SeqCst) {
        "interrupted: what was written before stays, and nothing more was changed"
    } else {
        "interrupted: nothing was changed"
    }
}

/// The command, until it is to stop: then it is dropped where it waits, but a write that has begun is finished first, with what
/// is said of it.
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
            // The next write waits without end.
            _ => Poll::Ready(()),
        })
        .await;
    }
    None
}

/// A write that is not interrupted once it has begun: a request on its way cannot be called back.
pub(crate) async fn protect_write<T, E>(write: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    protect_write_if(write, |_| true).await
}

/// The same, for a write whose answer says whether anything was written.
pub(crate) async fn protect_write_if<T, E>(
    write: impl Future<Output = Result<T, E>>,
    is_written: impl FnOnce(&T) -> bool,
) -> Result<T, E> {
    // In this order: the other thread sets the one and reads the other.
    let is_part = WRITING.fetch_add(1, SeqCst) > 0;
    if STOPPED.load(SeqCst) && !is_part {
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

/// The rest of a write whose first part is done: it is finished although the command is to stop.
pub(crate) async fn finish_write<T>(rest: impl Future<Output = T>) -> T {
    WRITING.fetch_add(1, SeqCst);
    let done = rest.await;
    WRITING.fetch_sub(1, SeqCst);
    done
}

/// A write has failed that may have been done all the same.
pub(crate) fn mark_write_unknown() {
    WRITE_UNKNOWN.store(true, SeqCst);
}

/// Runs a program to its end, and ends it where the command is interrupted. Returns its status and its standard output, if that is a
/// pipe.
pub(crate) fn run_program(program: &mut Command) -> std::io::Result<(std::process::ExitStatus, Vec<u8>)> {
    use std::io::Read as _;
    let pipe = {
        // `end_child` takes this lock after it set STOPPED: a program either does not start, or is there to be ended.
        let mut child = CHILD.lock().unwrap_or_else(PoisonError::into_inner);
        if STOPPED.load(SeqCst) { None } else { Some(child.insert(program.spawn()?).stdout.take()) }
    };
    let Some(pipe) = pipe else { park_forever() };
    let mut output = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut output)?;
    }
    let child = CHILD.lock().unwrap_or_else(PoisonError::into_inner).take();
    let status = child.map(|mut child| child.wait()).transpose()?;
    match status {
        Some(status) if !STOPPED.load(SeqCst) => Ok((status, output)),
        // There is nothing to say of a program that was ended.
        _ => park_forever(),
    }
}

/// Leaves it to the main thread to end the process.
fn park_forever() -> ! {
    loop {
        std::thread::park();
    }
}

fn end_child() {
    if let Some(mut child) = CHILD.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // One that has ended needs nothing.
        let _ = child.kill().and_then(|()| child.wait().map(drop));
    }
}
