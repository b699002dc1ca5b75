//! A terminal that shows nothing of what is typed, and that is put back whatever happens.

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

    /// How long the next line of a paste may take to arrive after the first.
    const PASTE_TIMEOUT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

    /// The terminal while it is hidden, for signals.
    static SAVED_STATE: Mutex<Option<TerminalState>> = Mutex::new(None);

    struct TerminalState {
        terminal: File,
        before: Termios,
        hidden: Termios,
    }

    fn lock_state() -> MutexGuard<'static, Option<TerminalState>> {
        SAVED_STATE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The terminal, which shows nothing of what is typed until this is dropped.
    ///
    /// What comes after the first line of a paste would otherwise be shown, and read by the shell as commands.
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

        /// Asks, and gives what reads the line that is typed.
        ///
        /// rpassword is given a reader, and not the terminal: it would turn signals off, so that Ctrl-\ and Ctrl-Z would do nothing.
        pub(crate) fn prompt(&self, prompt: &str) -> io::Result<impl FnOnce() -> io::Result<String> + Send + use<>> {
            let mut terminal = match &*lock_state() {
                Some(state) => state.terminal.try_clone()?,
                None => return Err(io::Error::other("it was given back")),
            };
            terminal.write_all(prompt.as_bytes())?;
            let input = terminal.try_clone()?;
            Ok(move || {
                let config = ConfigBuilder::new().input_reader(input).output_discard().build();
                let line = read_password_with_config(config)?;
                // The line end that was typed is not shown either.
                terminal.write_all(b"\n")?;
                Ok(line)
            })
        }

        /// Whether anything came after the line that was read. Dropping this discards it.
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

    /// Puts the terminal back, if it is hidden.
    pub(crate) fn restore() {
        let Some(TerminalState { terminal, before, .. }) = lock_state().take() else { return };
        // A terminal that is gone needs neither.
        let _ = tcflush(&terminal, QueueSelector::IFlush);
        let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
    }

    /// Stops the process, as Ctrl-Z asks, with the terminal as it was before, and hides the typing again when it goes on.
    pub(crate) fn suspend() {
        let state = lock_state();
        let show = |termios: fn(&TerminalState) -> &Termios| {
            if let Some(state) = &*state {
                let _ = tcsetattr(&state.terminal, OptionalActions::Now, termios(state));
            }
        };
        show(|state| &state.before);
        // Returns when somebody continues the process.
        let _ = kill_process(getpid(), Signal::STOP);
        show(|state| &state.hidden);
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    /// rpassword alone hides the typing here.
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

    /// rpassword's own affair here.
    pub(crate) fn restore() {}
}
