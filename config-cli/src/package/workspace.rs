//! The packages of a workspace.

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, PackageId};

use super::{Package, find_cargo_toml, read_metadata};
use crate::error::CliError;
use crate::redact;

/// The workspace that a Cargo.toml belongs to.
pub(crate) struct Workspace(Metadata);

impl Workspace {
    /// Finds the workspace with `cargo metadata`.
    pub(crate) fn find(manifest_path: Option<&Path>) -> Result<Self, CliError> {
        let cargo_toml = match manifest_path {
            Some(path) => path.to_owned(),
            None => find_cargo_toml()?,
        };
        read_metadata(&cargo_toml).map(Self)
    }

    /// Checks that each package name in `--exclude` is a package of the workspace, because cargo
    /// only warns about an unknown name. Does not check a pattern or a package specification, which
    /// cargo also accepts there.
    pub(crate) fn check_excluded(&self, names: &[String]) -> Result<(), CliError> {
        let members = self.0.workspace_packages();
        let known: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        let is_name = |name: &str| !name.contains(['*', '?', '[', '@', '#', ':', '/']);
        match names
            .iter()
            .find(|name| is_name(name) && !known.contains(&name.as_str()))
        {
            Some(name) => Err(CliError::undetermined(redact::unknown_name_message(
                "package", name, &known,
            ))),
            None => Ok(()),
        }
    }

    /// Returns all packages of the workspace, each with its name.
    pub(crate) fn packages(&self) -> Result<Vec<(String, Package)>, CliError> {
        let members = self.0.workspace_packages().into_iter();
        members
            .map(|member| Ok((member.name.to_string(), Package::from_member(member, None)?)))
            .collect()
    }

    /// Returns the path relative to the folder of the workspace. Returns a path outside this folder
    /// unchanged.
    pub(crate) fn relative_path(&self, path: &Path) -> PathBuf {
        let root = self.0.workspace_root.as_std_path();
        path.strip_prefix(root).unwrap_or(path).to_owned()
    }

    /// Returns a package of the workspace and its name.
    pub(crate) fn package(&self, id: &PackageId) -> Result<(String, Package), CliError> {
        let member = self.0.packages.iter().find(|member| member.id == *id);
        let member = member.ok_or_else(|| {
            CliError::undetermined("cargo has built a program of a package that it does not list")
                .with_help("run the command again")
        })?;
        let package = Package::from_member(member, None)?;
        Ok((member.name.to_string(), package))
    }
}
