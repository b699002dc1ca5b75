//! Reads a line at a terminal, hides a secret, and restores the terminal afterwards.

#[cfg(not(unix))]
pub(crate) use elsewhere::{TypedInput, restore};
#[cfg(unix)]
pub(crate) use unix::{TypedInput, restore, suspend};

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Write as _};
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use rpassword::{ConfigBuilder, read_password_with_config};
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{Signal, getpid, kill_process};
    use rustix::termios::{
        LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
        tcsetattr,
    };

    /// The time to wait for the next line of a pasted text.
    const PASTE_TIMEOUT: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    };

    /// The state of the terminal while a line is typed, for the code that handles signals.
    static SAVED_STATE: Mutex<Option<TerminalState>> = Mutex::new(None);

    struct TerminalState {
        terminal: File,
        before: Termios,
        during: Termios,
    }

    fn lock_state() -> MutexGuard<'static, Option<TerminalState>> {
        SAVED_STATE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads from the terminal. Discards what was typed earlier, because it does not answer the
    /// prompt: it may be the second of two pasted commands. Dropping the `TypedInput` discards the
    /// rest of the input. Otherwise the shell would run the second and later lines of a pasted text
    /// as commands.
    ///
    /// Secret input is hidden until `TypedInput` is dropped, also while no line is read. Otherwise
    /// the terminal would show the second and later lines of a pasted text.
    pub(crate) struct TypedInput {
        is_hidden: bool,
        /// Whether a line was typed before the prompt, and was discarded.
        pub(crate) has_discarded: bool,
    }

    impl TypedInput {
        pub(crate) fn new(is_hidden: bool) -> io::Result<Self> {
            let terminal = File::options().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let mut during = before.clone();
            if is_hidden {
                during
                    .local_modes
                    .remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
                during.special_codes[SpecialCodeIndex::VMIN] = 1;
                during.special_codes[SpecialCodeIndex::VTIME] = 0;
            }
            let mut polled = [PollFd::new(&terminal, PollFlags::IN)];
            let has_discarded = poll(&mut polled, Some(&Timespec::default()))? > 0;
            tcsetattr(&terminal, OptionalActions::Flush, &during)?;
            *lock_state() = Some(TerminalState {
                terminal,
                before,
                during,
            });
            Ok(Self {
                is_hidden,
                has_discarded,
            })
        }

        /// Prints the prompt, and returns a function that reads the line.
        ///
        /// rpassword gets a reader instead of the terminal. With the terminal, rpassword would
        /// disable signals, and Ctrl-\ and Ctrl-Z would not work.
        pub(crate) fn prompt(
            &self,
            prompt: &str,
        ) -> io::Result<impl FnOnce() -> io::Result<String> + Send + use<>> {
            let mut terminal = match &*lock_state() {
                Some(state) => state.terminal.try_clone()?,
                None => return Err(io::Error::other("the terminal was already restored")),
            };
            terminal.write_all(prompt.as_bytes())?;
            let input = terminal.try_clone()?;
            let is_hidden = self.is_hidden;
            Ok(move || {
                let config = ConfigBuilder::new()
                    .input_reader(input)
                    .output_discard()
                    .build();
                let line = read_password_with_config(config)?;
                if is_hidden {
                    // The terminal did not show the line end that the user typed.
                    terminal.write_all(b"\n")?;
                }
                Ok(line)
            })
        }

        /// Returns whether more input follows the line that was read. Dropping `self` discards that
        /// input.
        pub(crate) fn has_more_input(&self) -> io::Result<bool> {
            let state = lock_state();
            let Some(state) = &*state else {
                return Ok(false);
            };
            let mut polled = [PollFd::new(&state.terminal, PollFlags::IN)];
            Ok(poll(&mut polled, Some(&PASTE_TIMEOUT))? > 0)
        }
    }

    impl Drop for TypedInput {
        fn drop(&mut self) {
            restore();
        }
    }

    /// If a line is being typed, restores the terminal and discards its remaining input. Otherwise
    /// does nothing.
    pub(crate) fn restore() {
        let Some(TerminalState {
            terminal, before, ..
        }) = lock_state().take()
        else {
            return;
        };
        // These calls fail only if the terminal no longer exists.
        let _ = tcflush(&terminal, QueueSelector::IFlush);
        let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
    }

    /// Restores the terminal and suspends the process, as Ctrl-Z does. Hides secret input again
    /// when the process continues.
    pub(crate) fn suspend() {
        let state = lock_state();
        let apply = |termios: fn(&TerminalState) -> &Termios| {
            if let Some(state) = &*state {
                let _ = tcsetattr(&state.terminal, OptionalActions::Now, termios(state));
            }
        };
        apply(|state| &state.before);
        // This call returns only when the process continues.
        let _ = kill_process(getpid(), Signal::STOP);
        apply(|state| &state.during);
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    /// On this system, only rpassword reads the input, and hides all of it.
    pub(crate) struct TypedInput {
        pub(crate) has_discarded: bool,
    }

    impl TypedInput {
        pub(crate) fn new(_is_hidden: bool) -> io::Result<Self> {
            Ok(Self {
                has_discarded: false,
            })
        }

        pub(crate) fn prompt(
            &self,
            prompt: &str,
        ) -> io::Result<impl FnOnce() -> io::Result<String> + Send + use<>> {
            let prompt = prompt.to_owned();
            Ok(move || rpassword::prompt_password(prompt))
        }

        pub(crate) fn has_more_input(&self) -> io::Result<bool> {
            Ok(false)
        }
    }

    /// Does nothing, because rpassword restores the terminal on this system.
    pub(crate) fn restore() {}
}
