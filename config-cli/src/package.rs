//! The package that the command works on: its folder, its name, and its settings in `Cargo.toml`.
//!
//! `cargo metadata --no-deps` answers in some tens of milliseconds: it resolves, downloads and builds nothing, and knows
//! globs of members and packages that inherit from their workspace, which reading TOML here would have to repeat.

mod plain;
mod settings;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;
use stage_config_grammar::suggest;

use crate::args::{ArtifactArguments, PackageArguments};
use crate::problem::Problem;
use crate::shown;
use settings::Settings;
pub(crate) use settings::StageSettings;

/// A package with what the command needs to know of it.
#[derive(Debug)]
pub(crate) struct Package {
    /// The folder of its `Cargo.toml`.
    pub(crate) folder: PathBuf,
    /// The name that sealed files are bound to.
    pub(crate) app: String,
    settings: Settings,
}

impl Package {
    /// Asks cargo.
    pub(crate) fn find(arguments: &PackageArguments) -> Result<Self, Problem> {
        let manifest = match &arguments.manifest_path {
            Some(path) => path.clone(),
            None => above_the_working_directory()?,
        };
        let metadata = metadata(&manifest)?;
        let member = metadata.member(arguments.package.as_deref(), &manifest)?;
        Self::of(&metadata, member, arguments.app.clone())
    }

    /// The package that built an artifact, as far as can be told from here: the one that is named, the one around the working
    /// directory, or the one that declares the configuration. `None` where there is no Cargo.toml.
    pub(crate) fn around(arguments: &ArtifactArguments, declared_in: &str) -> Result<Option<Self>, Problem> {
        let manifest = match (&arguments.build.manifest_path, above_the_working_directory()) {
            (Some(path), _) => path.clone(),
            (None, Ok(path)) => path,
            (None, Err(_)) => return Ok(None),
        };
        let metadata = match metadata(&manifest) {
            Ok(metadata) => metadata,
            // An artifact needs no Rust, and its stages' accounts are held to all the same.
            Err(_) if arguments.artifact.is_some() => return plain::read(&manifest).map(Some),
            Err(problem) => return Err(problem),
        };
        let member = match metadata.member(arguments.build.package.as_deref(), &manifest) {
            Err(_) if arguments.build.package.is_none() => metadata.member(Some(declared_in), &manifest)?,
            member => member?,
        };
        Self::of(&metadata, member, None).map(Some)
    }

    fn of(metadata: &Metadata, member: &Member, app: Option<String>) -> Result<Self, Problem> {
        let folder = member.manifest_path.parent().map(Path::to_path_buf).unwrap_or_default();
        let settings = Settings::new(&member.metadata, &metadata.metadata)?;
        let app = app.or_else(|| settings.app.clone()).unwrap_or_else(|| member.name.clone());
        Ok(Self { folder, app, settings })
    }

    /// What the settings say of a stage.
    pub(crate) fn stage(&self, stage: &str) -> StageSettings {
        self.settings.stage(stage)
    }

    /// The stages that the settings name, patterns left out.
    pub(crate) fn stages(&self) -> impl Iterator<Item = &str> {
        self.settings.stages()
    }
}

/// The part of `cargo metadata`'s answer that is used.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Member>,
    workspace_members: Vec<String>,
    /// `[workspace.metadata]`.
    #[serde(default)]
    metadata: Value,
}

#[derive(Debug, Deserialize)]
struct Member {
    id: String,
    name: String,
    manifest_path: PathBuf,
    /// `[package.metadata]`.
    #[serde(default)]
    metadata: Value,
}

impl Metadata {
    /// The package that is named, else the one of this manifest, else the only one.
    fn member(&self, name: Option<&str>, manifest: &Path) -> Result<&Member, Problem> {
        let members: Vec<&Member> =
            self.packages.iter().filter(|package| self.workspace_members.contains(&package.id)).collect();
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        if let Some(name) = name {
            return members.into_iter().find(|member| member.name == name).ok_or_else(|| {
                let unknown = shown::unknown("package", name, &names);
                Problem::refused(format!("in the workspace of {} {unknown}", manifest.display()))
            });
        }
        let same = |member: &&Member| same_file(&member.manifest_path, manifest);
        match (members.iter().copied().find(same), members.as_slice()) {
            (Some(member), _) => Ok(member),
            (None, [only]) => Ok(only),
            (None, _) => Err(Problem::refused(format!("{} is a workspace of several packages", manifest.display()))
                .remedy(format!("name one with `-p`: {}", suggest::list(&names)))),
        }
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

const REMEDY: &str = "run it inside a package, or name one with `--manifest-path path/to/Cargo.toml`";

pub(crate) fn above_the_working_directory() -> Result<PathBuf, Problem> {
    let here = std::env::current_dir()
        .map_err(|error| Problem::refused(format!("the working directory cannot be read: {error}")).into_unchecked())?;
    let found = here.ancestors().map(|folder| folder.join("Cargo.toml")).find(|manifest| manifest.is_file());
    found.ok_or_else(|| {
        let what = format!("there is no Cargo.toml in {} or a folder above it", here.display());
        Problem::unchecked(what).remedy(REMEDY)
    })
}

/// Cargo names itself to the subcommands that it runs.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn metadata(manifest: &Path) -> Result<Metadata, Problem> {
    let cargo = cargo();
    let mut command = Command::new(&cargo);
    command.args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"]).arg(manifest);
    let output = command.output().map_err(|error| {
        Problem::unchecked(format!("{} cannot be run: {error}", cargo.display()))
            .remedy("install cargo: https://rustup.rs")
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim_end().strip_prefix("error: ").unwrap_or(said.trim_end());
        let what = format!("cargo cannot read {}: {said}", manifest.display());
        return Err(Problem::unchecked(what).remedy(REMEDY));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Problem::unchecked(format!("what `cargo metadata` answers is not understood: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(names: &[&str]) -> Metadata {
        let member = |name: &&str| Member {
            id: (*name).to_owned(),
            name: (*name).to_owned(),
            manifest_path: PathBuf::from(format!("/nowhere/{name}/Cargo.toml")),
            metadata: Value::Null,
        };
        let packages: Vec<_> = names.iter().map(member).collect();
        let workspace_members = packages.iter().map(|package| package.id.clone()).collect();
        Metadata { packages, workspace_members, metadata: Value::Null }
    }

    #[test]
    fn a_slip_in_the_package_is_pointed_out() {
        let problem = metadata(&["payments", "mail"]).member(Some("payment"), Path::new("Cargo.toml")).unwrap_err();
        assert!(problem.to_string().contains("did you mean `payments`?"), "{problem}");
    }

    #[test]
    fn the_only_package_needs_no_name_and_one_of_several_does() {
        let root = Path::new("/nowhere/Cargo.toml");
        assert_eq!(metadata(&["payments"]).member(None, root).unwrap().name, "payments");
        let problem = metadata(&["payments", "mail"]).member(None, root).unwrap_err();
        assert!(problem.to_string().contains("`-p`: `payments`, `mail`"), "{problem}");
    }
}
