//! Builds the package, as cargo builds it, and says where its programs are.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::args::BuildArguments;
use crate::interrupt;
use crate::package;
use crate::problem::Problem;

/// The programs that a build with these arguments makes. What cargo says goes to standard error.
pub(crate) fn built(arguments: &BuildArguments) -> Result<Vec<PathBuf>, Problem> {
    if arguments.manifest_path.is_none() {
        package::above_the_working_directory().map_err(|problem| {
            problem
                .remedy("run it inside the package, or give --manifest-path PATH, or what was built: --artifact PATH")
        })?;
    }
    let cargo = package::cargo();
    let mut command = Command::new(&cargo);
    command.args(["build", "--message-format=json-render-diagnostics"]).args(options(arguments));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let (status, stdout) = command.spawn().and_then(interrupt::output_of).map_err(|error| {
        Problem::unchecked(format!("{} cannot be run: {error}", cargo.display()))
            .remedy("install cargo: https://rustup.rs; or give what was built: --artifact PATH")
    })?;
    if !status.success() {
        return Err(Problem::unchecked("the package does not build").remedy("mend what cargo says above"));
    }
    let lines = stdout.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{"));
    let found = lines.filter_map(|line| serde_json::from_slice::<Message>(line).ok()?.program());
    let programs: Vec<PathBuf> = found.collect();
    if programs.is_empty() {
        return Err(Problem::unchecked("the package has no program: a library alone carries no description")
            .remedy("name the package of the program: -p NAME; or --bin NAME, --example NAME"));
    }
    Ok(programs)
}

fn options(arguments: &BuildArguments) -> Vec<std::ffi::OsString> {
    let BuildArguments {
        manifest_path,
        package,
        bin,
        example,
        release,
        target,
        features,
        all_features,
        no_default_features,
    } = arguments;
    let mut options: Vec<std::ffi::OsString> = Vec::new();
    let texts = [("--package", package), ("--bin", bin), ("--example", example), ("--target", target)];
    if let Some(path) = manifest_path {
        options.extend(["--manifest-path".into(), path.into()]);
    }
    for (name, value) in texts {
        if let Some(value) = value {
            options.extend([name.into(), value.into()]);
        }
    }
    for features in features {
        options.extend(["--features".into(), features.into()]);
    }
    let flags =
        [("--release", release), ("--all-features", all_features), ("--no-default-features", no_default_features)];
    options.extend(flags.into_iter().filter(|(_, given)| **given).map(|(name, _)| name.into()));
    options
}

/// A line of `--message-format=json`, as far as it is needed.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
}

impl Message {
    fn program(self) -> Option<PathBuf> {
        self.executable.filter(|_| self.reason == "compiler-artifact")
    }
}
