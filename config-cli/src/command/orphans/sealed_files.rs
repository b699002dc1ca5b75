//! Finds the sealed files of one stage that are in no program of the workspace.

use std::path::Path;

use stage_config_core::Schema;

use crate::error::CliError;
use crate::package::Workspace;
use crate::sealed_folder::SealedFolder;

/// Returns the paths of these files, relative to the folder of the workspace.
pub(super) fn find_orphans(
    manifest_path: Option<&Path>,
    schemas: &[&'static Schema],
    stage: &str,
) -> Result<Vec<String>, CliError> {
    let embedded: Vec<_> = schemas
        .iter()
        .flat_map(|schema| schema.all_sealed())
        .filter(|(_, file)| file.stage == stage)
        .map(|(app, file)| (app, file.name))
        .collect();
    let workspace = Workspace::find(manifest_path)?;

    let mut orphans = Vec::new();
    for (_, package) in workspace.packages()? {
        let folder = SealedFolder::new(&package, stage);
        let names = folder.list_names()?.into_iter();
        let unread = names.filter(|name| !embedded.contains(&(&package.app, name)));
        let parent = workspace.relative_path(&package.folder);
        let paths = unread.map(|name| parent.join(folder.display_path(&name)));
        orphans.extend(paths.map(|path| path.display().to_string()));
    }
    Ok(orphans)
}
