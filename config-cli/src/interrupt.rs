//! Ctrl-C: where a command waits it ends at once, and what it has begun to write is finished first.

use std::future::Future;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal;

use crate::output;

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Whether something is being written that must not be left half done.
static WRITING: AtomicBool = AtomicBool::new(false);

/// Whether anything was written.
static WROTE: AtomicBool = AtomicBool::new(false);

/// Runs a command until it ends or is interrupted. A command that is dropped where it waits, for a key, a pipe or AWS, has
/// changed nothing since its last [`whole`].
pub(crate) async fn watched(command: impl Future<Output = ExitCode>) -> ExitCode {
    let mut command = std::pin::pin!(command);
    tokio::select! {
        biased;
        () = interrupted() => {}
        ended = &mut command => return ended,
    }
    if WRITING.load(Ordering::Relaxed) {
        output::talk("interrupted: finishing the write that has begun");
        // Polled until the write is over; whatever would come next is not begun.
        std::future::poll_fn(|context| match command.as_mut().poll(context) {
            std::task::Poll::Pending if WRITING.load(Ordering::Relaxed) => std::task::Poll::Pending,
            _ => std::task::Poll::Ready(()),
        })
        .await;
    }
    output::talk(match WROTE.load(Ordering::Relaxed) {
        false => "interrupted: nothing was changed",
        true => "interrupted: what was written before stays, and nothing more was changed",
    });
    ExitCode::from(INTERRUPTED)
}

/// A write that is not interrupted once it has begun: a request on its way cannot be called back.
pub(crate) async fn whole<T>(write: impl Future<Output = T>) -> T {
    WRITING.store(true, Ordering::Relaxed);
    let written = write.await;
    WROTE.store(true, Ordering::Relaxed);
    WRITING.store(false, Ordering::Relaxed);
    // A signal that came meanwhile is heard here, before whatever comes next.
    tokio::task::yield_now().await;
    written
}

#[cfg(unix)]
async fn interrupted() {
    use signal::unix::SignalKind;
    tokio::select! {
        () = received(SignalKind::interrupt()) => (),
        () = received(SignalKind::terminate()) => (),
        () = received(SignalKind::hangup()) => (),
    }
}

#[cfg(unix)]
async fn received(kind: signal::unix::SignalKind) {
    match signal::unix::signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
