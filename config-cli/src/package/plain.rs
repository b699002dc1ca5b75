//! `Cargo.toml` where no cargo can be asked: on a machine that checks what another one built.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Package;
use super::settings::Settings;
use crate::problem::Problem;

/// The settings of this package, and of the workspace above it.
pub(super) fn read(manifest: &Path) -> Result<Package, Problem> {
    let own = parsed(manifest)?;
    let folder = manifest.parent().map(Path::to_path_buf).unwrap_or_default();
    let above = folder.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).filter(|path| path.is_file());
    let workspace = if own["workspace"].is_object() {
        own.clone()
    } else {
        let above = above.map(|path| parsed(&path)).collect::<Result<Vec<_>, _>>()?;
        above.into_iter().find(|manifest| manifest["workspace"].is_object()).unwrap_or_default()
    };
    let settings = Settings::new(&own["package"]["metadata"], &workspace["workspace"]["metadata"])
        .map_err(Problem::into_unchecked)?;
    let name = own["package"]["name"].as_str().unwrap_or_default();
    let app = settings.app.clone().unwrap_or_else(|| name.to_owned());
    Ok(Package { folder, app, settings })
}

fn parsed(manifest: &Path) -> Result<Value, Problem> {
    let shown = manifest.display();
    let text =
        fs::read_to_string(manifest).map_err(|error| Problem::unchecked(format!("{shown} cannot be read: {error}")))?;
    toml::from_str(&text).map_err(|error| {
        Problem::unchecked(format!("{shown} is no TOML: {}", error.message()))
            .remedy("mend it: its [package.metadata.stage] says whose credentials a stage takes")
    })
}
