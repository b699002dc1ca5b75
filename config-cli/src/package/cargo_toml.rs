//! Reads `Cargo.toml` without cargo, for a machine that has no cargo and checks an artifact.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Package;
use super::settings::PackageSettings;
use crate::error::CliError;

/// Reads the settings of this package and of its workspace.
pub(super) fn read_package(path: &Path) -> Result<Package, CliError> {
    let own = parse_cargo_toml(path)?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let files_above = folder
        .ancestors()
        .skip(1)
        .map(|folder| folder.join("Cargo.toml"))
        .filter(|path| path.is_file());
    let workspace = if own["workspace"].is_object() {
        own.clone()
    } else {
        let parsed = files_above
            .map(|path| parse_cargo_toml(&path))
            .collect::<Result<Vec<_>, _>>()?;
        parsed
            .into_iter()
            .find(|table| table["workspace"].is_object())
            .unwrap_or_default()
    };
    let settings = PackageSettings::new(
        &own["package"]["metadata"],
        &workspace["workspace"]["metadata"],
    )
    .map_err(CliError::into_undetermined)?;
    let name = own["package"]["name"].as_str().unwrap_or_default();
    let app = settings.app.clone().unwrap_or_else(|| name.to_owned());
    Ok(Package {
        folder,
        app,
        settings,
    })
}

fn parse_cargo_toml(path: &Path) -> Result<Value, CliError> {
    let display_name = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        CliError::undetermined(format!("{display_name} cannot be read: {error}"))
    })?;
    toml::from_str(&text).map_err(|error| {
        CliError::undetermined(format!(
            "{display_name} is not valid TOML: {}",
            error.message()
        ))
        .with_help(
            "correct the file: its [package.metadata.stage] determines the credentials of a stage",
        )
    })
}
