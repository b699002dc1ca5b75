//! The settings of stages in the `Cargo.toml` of a package and of its workspace. This module also
//! finds the workspace, and lists the dependencies of a package.
//!
//! The derive and the command line read the same tables with this module, so that a stage has the
//! same settings in both.

mod dependencies;
mod members;
mod settings;
mod tables;
#[cfg(test)]
mod tests;
mod workspace;

use std::fs;
use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

pub use dependencies::{Dependency, list_dependencies};
pub use settings::CargoSettings;
pub use tables::{StageKey, StageTable, TableName};
pub use workspace::find_workspace;

/// A parsed `Cargo.toml`.
#[derive(Debug, Clone)]
pub struct CargoToml {
    path: PathBuf,
    table: Table,
}

impl CargoToml {
    /// Reads the `Cargo.toml` of a folder.
    ///
    /// # Errors
    ///
    /// Returns a message that names the file, if the file cannot be read or is not valid TOML.
    /// Returns another message if the path of the folder is relative and the working directory
    /// cannot be read.
    pub fn read(folder: &Path) -> Result<Self, String> {
        // A relative path does not contain the folders above it, and one of them may have the
        // workspace.
        let folder = std::path::absolute(if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        })
        .map_err(|error| format!("the working directory cannot be read: {error}"))?;
        let path = normalize(&folder).join("Cargo.toml");
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            format!(
                "{} is not valid TOML, in line {line}: {}",
                path.display(),
                error.message()
            )
        })?;
        Ok(Self { path, table })
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder of the file.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new(""))
    }

    /// Returns `name` in `[package]`.
    #[must_use]
    pub fn package_name(&self) -> Option<&str> {
        self.find(&["package", "name"])?.as_str()
    }

    /// Returns whether the file has a table `[workspace]`.
    #[must_use]
    pub fn is_workspace(&self) -> bool {
        self.find_table(&["workspace"]).is_some()
    }

    fn find(&self, keys: &[&str]) -> Option<&Value> {
        let (first, others) = keys.split_first()?;
        others
            .iter()
            .try_fold(self.table.get(*first)?, |value, key| value.get(key))
    }

    fn find_table(&self, keys: &[&str]) -> Option<&Table> {
        self.find(keys)?.as_table()
    }
}

/// Removes `.` and resolves `..` without reading the file system, as cargo does for the paths in
/// `Cargo.toml`.
fn normalize(path: &Path) -> PathBuf {
    let mut normalized = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normalized.pop();
            }
            other => normalized.push(other),
        }
    }
    normalized
}
