//! Limits the CPU of programs as Lambda does, with the quota of a cgroup (version 1 or 2). This
//! needs the rights of the user `root`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

const PERIOD_US: u64 = 20_000;
/// The memory size at which Lambda gives a function the time of one whole CPU.
const ONE_CPU_MB: u64 = 1_769;

/// A cgroup whose processes get the CPU share that Lambda gives a function with a certain memory
/// size. The cgroup is removed when this value is dropped.
pub(crate) struct CpuShare {
    folder: PathBuf,
}

impl CpuShare {
    pub(crate) fn create(memory_mb: u64) -> io::Result<Self> {
        let name = format!("coldstart-{}-{memory_mb}", std::process::id());
        let quota = quota_us(memory_mb);
        let root = Path::new("/sys/fs/cgroup");
        let is_version_2 = root.join("cgroup.controllers").exists();
        let parent = if is_version_2 {
            root.to_owned()
        } else {
            root.join("cpu")
        };
        let folder = parent.join(name);
        fs::create_dir(&folder)?;
        let share = Self { folder };

        if is_version_2 {
            fs::write(parent.join("cgroup.subtree_control"), "+cpu")?;
            share.set("cpu.max", &format!("{quota} {PERIOD_US}"))?;
            share.set("cpu.weight", "10000")?;
        } else {
            share.set("cpu.cfs_period_us", &PERIOD_US.to_string())?;
            share.set("cpu.cfs_quota_us", &quota.to_string())?;
            // `cpu.shares` is the weight of the group against other processes. It is high, so that
            // only the quota limits the group.
            share.set("cpu.shares", "200000")?;
        }
        Ok(share)
    }

    /// Returns the file that lists the group's processes.
    pub(crate) fn processes(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }

    fn set(&self, file: &str, value: &str) -> io::Result<()> {
        fs::write(self.folder.join(file), value)
    }
}

impl Drop for CpuShare {
    fn drop(&mut self) {
        // An empty group that remains does no harm.
        let _ = fs::remove_dir(&self.folder);
    }
}

fn quota_us(memory_mb: u64) -> u64 {
    PERIOD_US * memory_mb / ONE_CPU_MB
}

#[cfg(test)]
mod tests {
    use super::quota_us;

    #[test]
    fn the_quota_is_proportional_to_the_memory() {
        assert_eq!(quota_us(1_769), 20_000);
        assert_eq!(quota_us(512), 5_788);
        assert_eq!(quota_us(128), 1_447);
    }
}
