//! Builds and finds the programs.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Error,
    cases::{Case, Program, Table},
    peers,
};

/// Returns the folder of the bench.
pub(crate) fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The built programs.
pub(crate) struct Programs {
    /// The folder of the runner, in which cargo builds the programs.
    release: PathBuf,
}

impl Programs {
    /// Builds all Rust programs of the tables, with one cargo command for each package, because one
    /// command would enable the features of each package for all its packages.
    pub(crate) fn build(tables: &[Table]) -> Result<Self, Error> {
        let cases = tables.iter().flat_map(|table| &table.cases);
        let packages: BTreeSet<&str> = cases
            .filter_map(|case| match case.program {
                Program::Rust(name) => Some(find_package(name)),
                _ => None,
            })
            .collect();
        Self::build_packages(&packages.into_iter().collect::<Vec<_>>())
    }

    /// Builds the packages. `names` contains their names without the prefix `coldstart-`.
    pub(crate) fn build_packages(names: &[&str]) -> Result<Self, Error> {
        let runner = env::current_exe()?;
        let release = runner
            .parent()
            .ok_or("the runner has no folder")?
            .to_owned();
        let programs = Self { release };
        fs::create_dir_all(programs.scratch().join("programs"))?;
        for name in names {
            programs.build_package(name)?;
        }
        Ok(programs)
    }

    fn build_package(&self, name: &str) -> Result<(), Error> {
        let target = self.release.parent().ok_or("no target folder")?;
        let mut command = cargo();
        command
            .args(["build", "--release", "--locked", "--quiet", "--package"])
            .arg(format!("coldstart-{name}"))
            .arg("--manifest-path")
            .arg(folder().join("Cargo.toml"))
            .arg("--target-dir")
            .arg(target);
        // `cargo run` sets these variables. The build script of ring runs again if one of them
        // changes, and then all programs are built again.
        for (variable, _) in env::vars().filter(|(name, _)| is_of_package(name)) {
            command.env_remove(variable);
        }
        let status = command.status()?;
        if !status.success() {
            return Err(format!("cargo could not build coldstart-{name}").into());
        }
        for program in find_programs(name) {
            self.add(program, &self.release.join(format!("coldstart-{program}")))?;
        }
        Ok(())
    }

    /// Copies a built program to the folder of the measured programs. In Lambda, the program is a
    /// copy too, because Lambda unpacks it from a zip.
    ///
    /// The kernel maps a file that a linker has written in smaller pieces, so a start of this file
    /// has a tenth more page faults than a start of the copy.
    pub(crate) fn add(&self, name: &str, built: &Path) -> Result<(), Error> {
        fs::copy(built, self.path(name))?;
        Ok(())
    }

    /// Returns the folder for files of the bench, in the target directory.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.release.with_file_name("coldstart")
    }

    /// Returns the program and the arguments of a case.
    pub(crate) fn command(&self, case: &Case) -> Vec<String> {
        let mut command = match case.program {
            Program::Rust(name) => vec![self.path(name)],
            Program::Build(name) => vec![self.path(&format!("build-{name}"))],
            Program::Python(script) => peers::python_command(&self.scratch(), script),
            Program::Node(script) => peers::node_command(&self.scratch(), script),
        };
        command.extend(case.arguments.split_whitespace().map(str::to_owned));
        command
    }

    /// Returns the path of a measured program. `name` has no prefix `coldstart-`.
    pub(crate) fn path(&self, name: &str) -> String {
        let folder = self.scratch().join("programs");
        let path = folder.join(format!("coldstart-{name}"));
        path.display().to_string()
    }

    /// Returns the size of the program in bytes, without symbols.
    pub(crate) fn measure_stripped(&self, name: &str) -> Result<u64, Error> {
        let stripped = self.scratch().join("stripped");
        let status = Command::new("strip")
            .arg("-o")
            .args([&stripped, Path::new(&self.path(name))])
            .status()?;
        if !status.success() {
            return Err(format!("strip failed for coldstart-{name}").into());
        }
        Ok(fs::metadata(stripped)?.len())
    }
}

/// Returns the package of a program.
fn find_package(program: &str) -> &str {
    match program {
        "by-hand" | "tutorial" => "sdk",
        name => name,
    }
}

/// Returns the programs of a package.
fn find_programs(package: &str) -> Vec<&str> {
    match package {
        "sdk" => vec!["by-hand", "tutorial"],
        name => vec![name],
    }
}

/// Counts the crates that the package links, or needs as macros.
pub(crate) fn count_crates(name: &str) -> Result<u64, Error> {
    let output = cargo()
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--package"])
        .arg(format!("coldstart-{name}"))
        .arg("--manifest-path")
        .arg(folder().join("Cargo.toml"))
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo cannot list the crates of coldstart-{name}").into());
    }
    let list = String::from_utf8(output.stdout)?;
    let crates: BTreeSet<&str> = list
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty() && !line.starts_with("coldstart-"))
        .collect();
    Ok(crates.len() as u64)
}

pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn is_of_package(variable: &str) -> bool {
    variable.starts_with("CARGO_MANIFEST_") || variable.starts_with("CARGO_PKG_")
}
