//! Builds the package or the workspace with cargo and returns the programs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use cargo_metadata::{Artifact, Message, PackageId};

use crate::args::{BuildArguments, WorkspaceArguments};
use crate::error::CliError;
use crate::interrupt;
use crate::output;
use crate::package;

/// A program that cargo built.
pub(crate) struct BuiltProgram {
    pub(crate) package: PackageId,
    pub(crate) name: String,
    pub(crate) is_example: bool,
    pub(crate) path: PathBuf,
}

impl BuiltProgram {
    fn to_sort_key(&self) -> (&str, bool, &str) {
        (&self.package.repr, self.is_example, &self.name)
    }
}

/// Builds with these arguments and returns the paths of the programs. The messages of cargo go to
/// standard error.
pub(crate) fn build_programs(arguments: &BuildArguments) -> Result<Vec<PathBuf>, CliError> {
    if arguments.manifest_path.is_none() {
        package::find_cargo_toml().map_err(|problem| {
            problem.with_help(
                "run the command inside the package, or give --manifest-path PATH, or a built \
                 artifact: --artifact PATH",
            )
        })?;
    }
    let programs = build(&to_cargo_options(arguments))?;
    if programs.is_empty() {
        return Err(CliError::undetermined(
            "the package has no program, and a library alone contains no manifest",
        )
        .with_help("name the package of the program: -p NAME; or --bin NAME, --example NAME"));
    }
    Ok(programs.into_iter().map(|program| program.path).collect())
}

/// Builds every binary of the workspace with one call of cargo. With `--examples`, this call also
/// builds every example. The packages of `--exclude` are left out. If the arguments name a package
/// or a program, builds the binaries of this package or this program instead of every binary.
pub(crate) fn build_workspace(
    arguments: &BuildArguments,
    workspace: &WorkspaceArguments,
) -> Result<Vec<BuiltProgram>, CliError> {
    let mut options = to_cargo_options(arguments);
    if arguments.package.is_none() && arguments.bin.is_none() && arguments.example.is_none() {
        options.extend(["--workspace".into(), "--bins".into()]);
    }
    if workspace.examples {
        options.push("--examples".into());
    }
    for name in &workspace.exclude {
        options.extend(["--exclude".into(), name.into()]);
    }
    build(&options)
}

/// Runs `cargo build` and returns the programs that it reports, sorted: cargo builds in parallel,
/// so it reports them in any order.
fn build(options: &[OsString]) -> Result<Vec<BuiltProgram>, CliError> {
    check_options(options)?;
    let cargo = package::cargo_program();
    let mut command = Command::new(&cargo);
    command
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(options);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let output = interrupt::run_program(&mut command).map_err(|error| {
        CliError::undetermined(format!("{} cannot be run: {error}", cargo.display())).with_help(
            "install cargo: https://rustup.rs; or give a built artifact: --artifact PATH",
        )
    })?;
    if !output.status.success() {
        return Err(
            CliError::undetermined("the package does not build").with_help("fix the errors above")
        );
    }
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let mut programs: Vec<BuiltProgram> = lines.filter_map(find_program).collect();
    programs.sort_by(|one, other| one.to_sort_key().cmp(&other.to_sort_key()));
    Ok(programs)
}

/// Refuses values with control or invisible characters, because the messages of cargo would repeat
/// them unchanged.
fn check_options(options: &[OsString]) -> Result<(), CliError> {
    let mut option = String::new();
    for word in options {
        let word = word.to_string_lossy();
        if word.starts_with("--") {
            option = word.into_owned();
        } else if output::one_line(&word) != word {
            let message =
                format!("the value of `{option}` contains a control or an invisible character");
            return Err(CliError::undetermined(message).with_help("give a value without it"));
        }
    }
    Ok(())
}

fn to_cargo_options(arguments: &BuildArguments) -> Vec<OsString> {
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
        cargo_profile,
        locked,
        frozen,
        quiet,
    } = arguments;
    let mut options: Vec<OsString> = Vec::new();
    let texts = [
        ("--package", package),
        ("--bin", bin),
        ("--example", example),
        ("--target", target),
        ("--profile", cargo_profile),
    ];
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
    let flags = [
        ("--release", release),
        ("--all-features", all_features),
        ("--no-default-features", no_default_features),
        ("--locked", locked),
        ("--frozen", frozen),
        ("--quiet", quiet),
    ];
    options.extend(
        flags
            .into_iter()
            .filter(|(_, is_set)| **is_set)
            .map(|(name, _)| name.into()),
    );
    options
}

/// Returns the program that a line of `--message-format=json` reports, or `None` if the line
/// reports none.
fn find_program(line: &[u8]) -> Option<BuiltProgram> {
    let Ok(Message::CompilerArtifact(artifact)) = serde_json::from_slice(line) else {
        return None;
    };
    let Artifact {
        package_id,
        target,
        executable,
        ..
    } = artifact;
    Some(BuiltProgram {
        package: package_id,
        is_example: target.is_example(),
        name: target.name,
        path: executable?.into(),
    })
}
