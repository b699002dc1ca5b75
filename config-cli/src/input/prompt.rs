//! A line that is typed and not shown.

use tokio::task;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// Asks at the terminal. Ctrl-C there reaches the process as the signal that it is.
pub(super) async fn hidden(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let problem = |error| Problem::refused(format!("the terminal cannot be read: {error}"));
    // Around rpassword's own: it is in force until the rest of what was pasted is gone, and it is undone also when this
    // function is dropped while it waits.
    let terminal = terminal::Hidden::new().map_err(problem)?;
    let prompt = prompt.to_owned();
    let typed = task::spawn_blocking(move || rpassword::prompt_password(prompt)).await;
    let value = match typed {
        Ok(typed) => Zeroizing::new(typed.map_err(problem)?.into_bytes()),
        Err(_) => return Err(Problem::refused("the terminal cannot be read")),
    };
    if terminal.more_is_waiting().map_err(problem)? {
        return Err(Problem::refused("several lines were pasted, and a prompt takes one: nothing was written")
            .remedy("pipe a value of several lines in: … < FILE"));
    }
    Ok(value)
}

#[cfg(unix)]
mod terminal {
    use std::fs::File;
    use std::io;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::termios::{
        LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
    };

    /// How long the next line of a paste may take to arrive after the first.
    const PASTE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

    /// The terminal, which shows nothing of what is typed until this is dropped.
    ///
    /// What comes after the first line of a paste would otherwise be shown, and read by the shell as commands.
    pub(super) struct Hidden {
        terminal: File,
        before: Termios,
    }

    impl Hidden {
        pub(super) fn new() -> io::Result<Self> {
            let terminal = File::options().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
            hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
            hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(&terminal, OptionalActions::Now, &hidden)?;
            Ok(Self { terminal, before })
        }

        /// Whether anything came after the line that was read. Dropping this discards it.
        pub(super) fn more_is_waiting(&self) -> io::Result<bool> {
            let mut terminal = [PollFd::new(&self.terminal, PollFlags::IN)];
            Ok(poll(&mut terminal, Some(&PASTE))? > 0)
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            // A terminal that is gone needs neither.
            let _ = tcflush(&self.terminal, QueueSelector::IFlush);
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }
}

#[cfg(not(unix))]
mod terminal {
    use std::io;

    /// rpassword alone hides the typing here.
    pub(super) struct Hidden;

    impl Hidden {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) fn more_is_waiting(&self) -> io::Result<bool> {
            Ok(false)
        }
    }
}
