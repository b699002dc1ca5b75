//! `cargo stage snapshot --empty`: the placeholder of a first build, which cannot be asked for anything yet.

use std::process::ExitCode;

use stage_config_grammar::snapshot;

use super::Snapshot;
use crate::args::PackageArguments;
use crate::folder::{self, Folder};
use crate::output;
use crate::package::Package;
use crate::problem::Problem;

pub(super) async fn run(arguments: &Snapshot) -> Result<ExitCode, Problem> {
    let build = &arguments.artifact.build;
    let package =
        PackageArguments { manifest_path: build.manifest_path.clone(), package: build.package.clone(), app: None };
    let package = Package::find(&package)?;
    let stage = arguments.stage.as_str();
    let shown = arguments.file.clone().unwrap_or_else(|| snapshot::path(snapshot::DEFAULT_PATH, stage));
    snapshot::check_path(&shown, 1).map_err(Problem::unchecked)?;
    let path = package.folder.join(&shown);

    let _lock = Folder::new(&package, stage).lock().await?;
    match folder::read(&path, &shown)? {
        Some(text) if snapshot::is_empty(&text) && !arguments.overwrite => {
            output::talk(&format!("{shown} is a placeholder already: nothing was written"));
            return Ok(ExitCode::SUCCESS);
        }
        Some(_) if !arguments.overwrite => return Err(folder::exists(&shown)),
        _ => {}
    }
    folder::put(&path, &shown, &snapshot::empty(stage)).await?;
    output::talk(&format!("{shown} is a placeholder: commit it"));
    output::talk(&format!(
        "next, when the program builds and the stage is complete: cargo stage snapshot --stage {stage}"
    ));
    Ok(ExitCode::SUCCESS)
}
