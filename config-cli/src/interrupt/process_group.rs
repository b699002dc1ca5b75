//! A program in a process group of its own. The group ends with the program.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{RunningChild, lock_child, start_child};

/// The interval at which a running program is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Runs a program to its end, or until the time limit. Then every process of its group is killed,
/// including a process that outlives the program. Returns `None` after the time limit.
///
/// An interrupt ends the group too. On systems without process groups, only the program is killed.
pub(crate) async fn run_in_group(
    program: &mut Command,
    limit: Duration,
) -> io::Result<Option<ExitStatus>> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(program, 0);
    if start_child(program, true, |_| ())?.is_none() {
        std::future::pending::<()>().await;
    }
    let has_ended = timeout(limit, wait_for_end()).await.is_ok();
    let running = lock_child().take();
    // If `CHILD` is empty, an interrupt has taken the child, and ends the command.
    let Some(running) = running else {
        return std::future::pending().await;
    };
    let status = running.end()?;
    Ok(Some(status).filter(|_| has_ended))
}

async fn wait_for_end() {
    let mut ticks = interval(POLL_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(running) = lock_child().as_mut()
            && has_ended(&mut running.child)
        {
            return;
        }
    }
}

/// Returns whether the program has ended. A program that has ended stays a zombie, so that no other
/// process gets its id before the group is killed.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(
        waitid(WaitId::Pid(Pid::from_child(child)), options),
        Ok(None)
    )
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

impl RunningChild {
    /// Kills the program and its group, and returns its exit status.
    pub(super) fn end(mut self) -> io::Result<ExitStatus> {
        #[cfg(unix)]
        if self.leads_group {
            use rustix::process::{Pid, Signal, kill_process_group};
            // This fails if no process of the group runs any more.
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
        // This fails if the program has already ended.
        let _ = self.child.kill();
        self.child.wait()
    }
}
