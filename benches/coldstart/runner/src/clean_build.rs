//! Builds a package in an empty target directory, and measures the build.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use wait4::Wait4 as _;

use crate::{Error, programs};

/// A package and the settings of its build.
#[derive(Clone, Copy)]
pub(crate) struct CleanBuild {
    /// The name of the package without the prefix `coldstart-`.
    pub(crate) package: &'static str,
    /// The name of its program without the prefix `coldstart-`.
    pub(crate) program: &'static str,
    /// Arguments of `cargo build`.
    pub(crate) arguments: &'static [&'static str],
    /// Environment variables of the build.
    pub(crate) variables: &'static [(&'static str, &'static str)],
}

/// The result of a build. Its target directory is deleted when this value is dropped.
pub(crate) struct Built {
    pub(crate) program: PathBuf,
    /// Seconds of CPU of all compilers and linkers.
    pub(crate) cpu_s: f64,
    build: CleanBuild,
    target: PathBuf,
}

impl CleanBuild {
    /// Builds the package in the folder `builds` of `scratch`.
    pub(crate) fn run(self, scratch: &Path) -> Result<Built, Error> {
        let target = scratch.join("builds");
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        let mut built = Built {
            program: PathBuf::new(),
            cpu_s: 0.0,
            build: self,
            target,
        };
        built.cpu_s = built.run_build()?;
        built.program = built.find_program()?;
        Ok(built)
    }

    fn command(&self, host: &str, target: &Path) -> Command {
        let mut command = programs::cargo();
        command
            .args(["build", "--locked", "--quiet", "--package"])
            .arg(format!("coldstart-{}", self.package))
            .arg("--manifest-path")
            .arg(programs::folder().join("Cargo.toml"))
            // With `--target`, the variable `RUSTFLAGS` has no effect on macros and build scripts.
            .args(["--target", host, "--target-dir"])
            .arg(target)
            .args(self.arguments)
            .env_remove("CARGO_INCREMENTAL")
            .env_remove("RUSTFLAGS")
            .envs(self.variables.iter().copied());
        command
    }
}

impl Built {
    /// Builds the package, and returns the seconds of CPU. The first call builds all crates. A
    /// later call builds only the crates that have changed since the last build.
    pub(crate) fn run_build(&self) -> Result<f64, Error> {
        let mut command = self.build.command(&find_host()?, &self.target);
        let end = command.spawn()?.wait4()?;
        if !end.status.success() {
            return Err(format!("cargo could not build coldstart-{}", self.build.package).into());
        }
        Ok((end.rusage.utime + end.rusage.stime).as_secs_f64())
    }

    fn find_program(&self) -> Result<PathBuf, Error> {
        let is_release = self.build.arguments.contains(&"--release");
        let program = self
            .target
            .join(find_host()?)
            .join(if is_release { "release" } else { "debug" })
            .join(format!("coldstart-{}", self.build.program));
        if !program.exists() {
            return Err(format!("the build has no {}", program.display()).into());
        }
        Ok(program)
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        // If files remain, the next build deletes them.
        let _ = fs::remove_dir_all(&self.target);
    }
}

/// Returns the target of this machine, such as `x86_64-unknown-linux-gnu`.
fn find_host() -> Result<String, Error> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("`rustc -vV` prints no host")?.to_owned())
}
