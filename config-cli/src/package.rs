//! The package of the command: its folder, its name, and its settings in `Cargo.toml`.
//!
//! `cargo metadata --no-deps` takes some tens of milliseconds, because it does not resolve,
//! download or build anything. It lists the members of a workspace, with their programs.

pub(crate) mod built_programs;
mod settings;
mod workspace;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Metadata;
use stage_config_grammar::{cargo_toml::CargoSettings, suggest};

use crate::args::{ArtifactArguments, PackageArguments};
use crate::error::CliError;
use crate::{interrupt, invocation, redact};
pub(crate) use settings::StageSettings;
use settings::{read_cargo_toml, read_settings};
pub(crate) use workspace::Workspace;

/// A package with the facts that the command needs.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// The folder of its `Cargo.toml`.
    pub(crate) folder: PathBuf,
    /// The name that sealed files are bound to.
    pub(crate) app: String,
    settings: CargoSettings,
}

impl Package {
    /// Finds the package with `cargo metadata`.
    pub(crate) fn find(arguments: &PackageArguments) -> Result<Self, CliError> {
        let cargo_toml = match &arguments.manifest_path {
            Some(path) => path.clone(),
            None => find_cargo_toml()?,
        };
        let metadata = read_metadata(&cargo_toml)?;
        let member = find_member(&metadata, arguments.package.as_deref(), &cargo_toml)?;
        Self::from_member(member, arguments.app.clone())
    }

    /// Returns the package of an artifact:
    ///
    /// - If the arguments name a package, returns this package.
    /// - Otherwise, returns the package of the Cargo.toml, or the only package of its workspace.
    /// - If there is no such package, returns the package that declares the configuration.
    ///
    /// The Cargo.toml is the one that the arguments name, else the nearest one in or above the
    /// working directory. Returns `None` if the arguments name no Cargo.toml, and none is found.
    pub(crate) fn find_for_artifact(
        arguments: &ArtifactArguments,
        declared_in: &str,
    ) -> Result<Option<Self>, CliError> {
        let cargo_toml_path = match (&arguments.build.manifest_path, find_cargo_toml()) {
            (Some(path), _) => path.clone(),
            (None, Ok(path)) => path,
            (None, Err(_)) => return Ok(None),
        };
        let metadata = match read_metadata(&cargo_toml_path) {
            Ok(metadata) => metadata,
            // Checking an artifact needs no Rust installation, but the accounts in Cargo.toml still
            // apply.
            Err(_) if arguments.artifact.is_some() => {
                return Self::read(&cargo_toml_path)
                    .map_err(CliError::into_undetermined)
                    .map(Some);
            }
            Err(problem) => return Err(problem),
        };
        let package = arguments.build.package.as_deref();
        let member = match find_member(&metadata, package, &cargo_toml_path) {
            Err(_) if package.is_none() => {
                let member = find_member(&metadata, Some(declared_in), &cargo_toml_path)?;
                invocation::remember_package(declared_in);
                member
            }
            member => member?,
        };
        Self::from_member(member, None).map(Some)
    }

    /// Returns the settings of a stage for a command that builds nothing:
    ///
    /// - If the arguments name a package, returns the settings of this package.
    /// - Otherwise, returns those of the package of the Cargo.toml, or of the only package of its
    ///   workspace.
    /// - If there is no such package, returns those of the package `declared_in`.
    /// - If this package does not exist either, all packages of the workspace must have the same
    ///   settings for the stage.
    ///
    /// The Cargo.toml is the one that the arguments name, else the nearest one in or above the
    /// working directory. Returns no setting if no Cargo.toml is found.
    #[cfg(feature = "deployed")]
    pub(crate) fn find_stage_settings(
        stage: &str,
        (manifest_path, package): (Option<&Path>, Option<&str>),
        declared_in: Option<&str>,
    ) -> Result<StageSettings, CliError> {
        let cargo_toml_path = match (manifest_path, find_cargo_toml()) {
            (Some(path), _) => path.to_owned(),
            (None, Ok(path)) => path,
            (None, Err(_)) => return Ok(StageSettings::default()),
        };
        let Ok(metadata) = read_metadata(&cargo_toml_path) else {
            return Ok(Self::read(&cargo_toml_path)?.stage_settings(stage));
        };
        let ambiguity = match find_member(&metadata, package, &cargo_toml_path) {
            Ok(member) => return Ok(Self::from_member(member, None)?.stage_settings(stage)),
            Err(problem) if package.is_some() => return Err(problem),
            Err(problem) => problem,
        };
        if let Some(name) = declared_in
            && let Ok(member) = find_member(&metadata, Some(name), &cargo_toml_path)
        {
            return Ok(Self::from_member(member, None)?.stage_settings(stage));
        }
        let members = metadata.workspace_packages().into_iter();
        let settings = members
            .map(|member| Ok(Self::from_member(member, None)?.stage_settings(stage)))
            .collect::<Result<Vec<StageSettings>, CliError>>()?;
        match settings.as_slice() {
            [first, others @ ..] if others.iter().all(|other| other == first) => Ok(first.clone()),
            _ => Err(ambiguity),
        }
    }

    /// Returns the name of the deployed function, with the placeholders `{stage}` and `{bin}`.
    #[cfg(feature = "deployed")]
    pub(crate) fn function(&self) -> Option<&str> {
        self.settings.function()
    }

    /// Reads `Cargo.toml` without cargo, for a command that builds nothing on a machine without
    /// cargo.
    fn read(cargo_toml: &Path) -> Result<Self, CliError> {
        let folder = cargo_toml.parent().unwrap_or(Path::new(""));
        let cargo_toml = read_cargo_toml(folder)?;
        let settings = read_settings(&cargo_toml)?;
        let app = settings.app().map(|(_, app)| app);
        let app = app.or(cargo_toml.package_name()).unwrap_or_default();
        Ok(Self {
            folder: folder.to_path_buf(),
            app: app.to_owned(),
            settings,
        })
    }

    fn from_member(
        member: &cargo_metadata::Package,
        app: Option<String>,
    ) -> Result<Self, CliError> {
        let folder = member
            .manifest_path
            .parent()
            .map(PathBuf::from)
            .unwrap_or_default();
        let settings = read_settings(&read_cargo_toml(&folder)?)?;
        let app = app
            .or_else(|| settings.app().map(|(_, app)| app.to_owned()))
            .unwrap_or_else(|| member.name.to_string());
        Ok(Self {
            folder,
            app,
            settings,
        })
    }

    /// Returns the settings of a stage.
    pub(crate) fn stage_settings(&self, stage: &str) -> StageSettings {
        StageSettings::find(&self.settings, stage)
    }

    /// Returns the stages and the patterns for stages in the settings.
    pub(crate) fn stage_names_and_patterns(&self) -> impl Iterator<Item = &str> {
        let patterns = self.settings.pattern_tables().map(|table| &*table.stage);
        self.settings.stage_names().into_iter().chain(patterns)
    }

    /// Returns the stages in the settings, without patterns.
    pub(crate) fn stage_names(&self) -> Vec<&str> {
        self.settings.stage_names()
    }
}

/// Returns the package of this name. Without a name, returns the package of this Cargo.toml, or the
/// only package of the workspace.
fn find_member<'a>(
    metadata: &'a Metadata,
    name: Option<&str>,
    cargo_toml: &Path,
) -> Result<&'a cargo_metadata::Package, CliError> {
    let members = metadata.workspace_packages();
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    if let Some(name) = name {
        return members
            .into_iter()
            .find(|member| member.name == name)
            .ok_or_else(|| {
                let unknown = redact::unknown_name_message("package", name, &names);
                CliError::failed(format!(
                    "in the workspace of {}, {unknown}",
                    cargo_toml.display()
                ))
            });
    }

    let current = members
        .iter()
        .find(|member| is_same_file(member.manifest_path.as_std_path(), cargo_toml));
    match (current, members.as_slice()) {
        (Some(member), _) | (None, [member]) => Ok(member),
        (None, _) => Err(CliError::failed(format!(
            "{} is a workspace of several packages",
            cargo_toml.display()
        ))
        .with_help(format!(
            "name one with `-p`: {}",
            suggest::format_list(&names)
        ))),
    }
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

const HELP: &str =
    "run the command inside a package, or name one with `--manifest-path path/to/Cargo.toml`";

/// Returns the Cargo.toml in the working directory or in the nearest folder above it.
pub(crate) fn find_cargo_toml() -> Result<PathBuf, CliError> {
    let current_folder = std::env::current_dir().map_err(|error| {
        CliError::failed(format!("the working directory cannot be read: {error}"))
            .into_undetermined()
    })?;
    let found = current_folder
        .ancestors()
        .map(|folder| folder.join("Cargo.toml"))
        .find(|path| path.is_file());
    found.ok_or_else(|| {
        let message = format!(
            "there is no Cargo.toml in {} or a folder above it",
            current_folder.display()
        );
        CliError::undetermined(message).with_help(HELP)
    })
}

/// Returns the cargo program from the variable `CARGO`, which cargo sets for its subcommands. If
/// the variable is unset, returns `cargo`.
pub(crate) fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn read_metadata(cargo_toml: &Path) -> Result<Metadata, CliError> {
    let cargo = cargo_program();
    let mut command = Command::new(&cargo);
    command
        .args([
            "metadata",
            "--no-deps",
            "--format-version=1",
            "--manifest-path",
        ])
        .arg(cargo_toml);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = interrupt::run_program(&mut command).map_err(|error| {
        CliError::undetermined(format!("{} cannot be run: {error}", cargo.display()))
            .with_help("install cargo: https://rustup.rs")
    })?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let reason = stderr
            .trim_end()
            .strip_prefix("error: ")
            .unwrap_or(stderr.trim_end());
        let message = format!("cargo cannot read {}: {reason}", cargo_toml.display());
        return Err(CliError::undetermined(message).with_help(HELP));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        CliError::undetermined(format!(
            "the output of `cargo metadata` cannot be parsed: {error}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn new_metadata(names: &[&str]) -> Metadata {
        let member = |name: &&str| {
            json!({
                "id": name, "name": name, "version": "0.1.0", "manifest_path": format!("/nowhere/{name}/Cargo.toml"),
                "dependencies": [], "targets": [], "features": {},
            })
        };
        let packages: Vec<_> = names.iter().map(member).collect();
        let metadata = json!({
            "packages": packages, "workspace_members": names, "resolve": null, "version": 1,
            "workspace_root": "/nowhere", "target_directory": "/nowhere/target",
        });
        serde_json::from_value(metadata).expect("cargo writes metadata like this")
    }

    #[test]
    fn a_misspelled_package_gets_a_suggestion() {
        let problem = find_member(
            &new_metadata(&["payments", "mail"]),
            Some("payment"),
            Path::new("Cargo.toml"),
        )
        .unwrap_err();
        assert!(
            problem.to_string().contains("did you mean `payments`?"),
            "{problem}"
        );
    }

    #[test]
    fn the_only_package_needs_no_name_and_one_of_several_does() {
        let root = Path::new("/nowhere/Cargo.toml");
        assert_eq!(
            find_member(&new_metadata(&["payments"]), None, root)
                .unwrap()
                .name,
            "payments"
        );
        let problem = find_member(&new_metadata(&["payments", "mail"]), None, root).unwrap_err();
        assert!(
            problem.to_string().contains("`-p`: `payments`, `mail`"),
            "{problem}"
        );
    }
}
