//! Hides what the user types at a terminal, and always restores the terminal.

#[cfg(not(unix))]
pub(crate) use elsewhere::{HiddenInput, restore};
#[cfg(unix)]
pub(crate) use unix::{HiddenInput, restore, suspend};

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Write as _};
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use rpassword::{ConfigBuilder, read_password_with_config};
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{Signal, getpid, kill_process};
    use rustix::termios::{
        LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
    };

    /// The time that the next line of a paste may take to arrive.
    const PASTE_TIMEOUT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

    /// The saved state of the hidden terminal, for the code that handles signals.
    static SAVED_STATE: Mutex<Option<TerminalState>> = Mutex::new(None);

    struct TerminalState {
        terminal: File,
        before: Termios,
        hidden: Termios,
    }

    fn lock_state() -> MutexGuard<'static, Option<TerminalState>> {
        SAVED_STATE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A terminal that does not show what the user types, until this is dropped.
    ///
    /// Otherwise the lines of a paste after the first one would be shown, and the shell would run
    /// them as commands.
    pub(crate) struct HiddenInput(());

    impl HiddenInput {
        pub(crate) fn new() -> io::Result<Self> {
            let terminal = File::options().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
            hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
            hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(&terminal, OptionalActions::Now, &hidden)?;
            *lock_state() = Some(TerminalState { terminal, before, hidden });
            Ok(Self(()))
        }

        /// Prints the prompt, and returns a function that reads the line.
        ///
        /// rpassword gets a reader instead of the terminal. With the terminal, it would disable
        /// signals, so that Ctrl-\ and Ctrl-Z would not work.
        pub(crate) fn prompt(&self, prompt: &str) -> io::Result<impl FnOnce() -> io::Result<String> + Send + use<>> {
            let mut terminal = match &*lock_state() {
                Some(state) => state.terminal.try_clone()?,
                None => return Err(io::Error::other("it was already restored")),
            };
            terminal.write_all(prompt.as_bytes())?;
            let input = terminal.try_clone()?;
            Ok(move || {
                let config = ConfigBuilder::new().input_reader(input).output_discard().build();
                let line = read_password_with_config(config)?;
                // The typed line end was not shown, so print one.
                terminal.write_all(b"\n")?;
                Ok(line)
            })
        }

        /// Returns whether there is input after the line that was read. Dropping `self`
        /// discards that input.
        pub(crate) fn has_more_input(&self) -> io::Result<bool> {
            let state = lock_state();
            let Some(state) = &*state else { return Ok(false) };
            let mut terminal = [PollFd::new(&state.terminal, PollFlags::IN)];
            Ok(poll(&mut terminal, Some(&PASTE_TIMEOUT))? > 0)
        }
    }

    impl Drop for HiddenInput {
        fn drop(&mut self) {
            restore();
        }
    }

    /// Restores the terminal if it is hidden.
    pub(crate) fn restore() {
        let Some(TerminalState { terminal, before, .. }) = lock_state().take() else { return };
        // Both calls fail only if the terminal no longer exists.
        let _ = tcflush(&terminal, QueueSelector::IFlush);
        let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
    }

    /// Suspends the process, as Ctrl-Z does, with the terminal restored. Hides the input again when
    /// the process continues.
    pub(crate) fn suspend() {
        let state = lock_state();
        let show = |termios: fn(&TerminalState) -> &Termios| {
            if let Some(state) = &*state {
                let _ = tcsetattr(&state.terminal, OptionalActions::Now, termios(state));
            }
        };
        show(|state| &state.before);
        // Returns when the process is continued.
        let _ = kill_process(getpid(), Signal::STOP);
        show(|state| &state.hidden);
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    /// On this system, only rpassword hides the input.
    pub(crate) struct HiddenInput;

    impl HiddenInput {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) fn prompt(&self, prompt: &str) -> io::Result<impl FnOnce() -> io::Result<String> + Send + use<>> {
            let prompt = prompt.to_owned();
            Ok(move || rpassword::prompt_password(prompt))
        }

        pub(crate) fn has_more_input(&self) -> io::Result<bool> {
            Ok(false)
        }
    }

    /// On this system, rpassword restores the terminal.
    pub(crate) fn restore() {}
}
