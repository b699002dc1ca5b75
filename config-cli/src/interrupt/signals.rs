//! The signals that end a command, and the signal that suspends a command.

use std::io;

#[cfg(unix)]
pub(super) use unix::Signals;

#[cfg(unix)]
mod unix {
    use rustix::process::Signal;
    use tokio::signal::unix::{self, SignalKind, signal};

    use super::io;
    use crate::terminal;

    /// Receives the signals. [`Signals::new`] replaces the default actions of the signals.
    pub(crate) struct Signals {
        interrupt: unix::Signal,
        terminate: unix::Signal,
        hangup: unix::Signal,
        /// `Ctrl-\`. Without a handler, the process would write a core dump, which contains values.
        quit: unix::Signal,
        /// Ctrl-Z.
        suspend: unix::Signal,
    }

    impl Signals {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
                quit: signal(SignalKind::quit())?,
                suspend: signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
            })
        }

        /// Waits for a signal that ends the command.
        pub(crate) async fn wait_for_interrupt(&mut self) {
            loop {
                tokio::select! {
                    _ = self.interrupt.recv() => return,
                    _ = self.terminate.recv() => return,
                    _ = self.hangup.recv() => return,
                    _ = self.quit.recv() => return,
                    _ = self.suspend.recv() => terminal::suspend(),
                }
            }
        }
    }
}

/// On a system other than Unix, only Ctrl-C is handled.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn wait_for_interrupt(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
