//! Finds the workspace of a package, as cargo does.

use std::path::Path;

use super::members::is_member;
use super::{CargoToml, normalize};

/// Files that only a packaged, vendored or downloaded package contains. Such a package is in no
/// workspace, even if a folder above the package contains a workspace.
const PACKAGED: [&str; 3] = [".cargo-checksum.json", ".cargo-ok", ".cargo_vcs_info.json"];

/// Returns the workspace of a package: the package itself if it has `[workspace]`; else the one
/// that `workspace` in `[package]` names; else the nearest workspace in the folders above that has
/// the package as a member. `members` and `exclude` of a workspace decide its members. As in cargo,
/// a path dependency of a member is a member too, if it is inside the folder of the workspace.
/// Returns `None` if there is no workspace, and for a packaged or vendored package that is not a
/// workspace itself.
///
/// # Errors
///
/// Returns a message that names the file, if a `Cargo.toml` that must be read cannot be read or is
/// not valid TOML, or if `workspace` in `[package]` does not name a workspace.
pub fn find_workspace(package: &CargoToml) -> Result<Option<CargoToml>, String> {
    if package.is_workspace() {
        return Ok(Some(package.clone()));
    }
    let folder = package.folder();
    if PACKAGED.iter().any(|name| folder.join(name).is_file()) {
        return Ok(None);
    }
    if let Some(value) = package.find(&["package", "workspace"]) {
        return read_named(package, value).map(Some);
    }

    for above in folder.ancestors().skip(1).filter(has_cargo_toml) {
        let root = CargoToml::read(above)?;
        if root.is_workspace() && is_member(&root, folder) {
            return Ok(Some(root));
        }
    }
    Ok(None)
}

fn has_cargo_toml(folder: &&Path) -> bool {
    folder.join("Cargo.toml").is_file()
}

/// Reads the workspace that `workspace` in `[package]` names.
fn read_named(package: &CargoToml, value: &toml::Value) -> Result<CargoToml, String> {
    let here = format!("`workspace` in [package] of {}", package.path().display());
    let Some(path) = value.as_str() else {
        return Err(format!("{here} is not a path"));
    };
    let root = CargoToml::read(&normalize(&package.folder().join(path)))
        .map_err(|error| format!("{here}: {error}"))?;
    if root.is_workspace() {
        Ok(root)
    } else {
        Err(format!(
            "{here} names {}, which has no [workspace]",
            root.path().display()
        ))
    }
}
