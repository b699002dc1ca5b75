//! `cargo stage snapshot --empty`: writes the placeholder for a first build, when no artifact
//! exists yet.

use std::process::ExitCode;

use stage_config_grammar::snapshot;

use super::SnapshotArguments;
use crate::args::PackageArguments;
use crate::error::CliError;
use crate::package::Package;
use crate::sealed_folder::{self, SealedFolder};
use crate::{atomic_file, invocation, output};

pub(super) async fn run(arguments: &SnapshotArguments) -> Result<ExitCode, CliError> {
    let build = &arguments.artifact.build;
    let package = PackageArguments {
        manifest_path: build.manifest_path.clone(),
        package: build.package.clone(),
        app: None,
    };
    let package = Package::find(&package)?;
    let stage = arguments.stage.as_str();
    let display_path = arguments
        .file
        .clone()
        .unwrap_or_else(|| snapshot::resolve_path(snapshot::DEFAULT_PATH, stage));
    snapshot::check_path(&display_path, 1).map_err(CliError::undetermined)?;
    let path = package.folder.join(&display_path);

    let _lock = SealedFolder::new(&package, stage).lock().await?;
    match sealed_folder::read_file(&path, &display_path)? {
        Some(text) if snapshot::is_placeholder(&text) && !arguments.overwrite => {
            output::eprint_line(&format!(
                "{display_path} is already a placeholder: nothing was written"
            ));
            return Ok(ExitCode::SUCCESS);
        }
        Some(_) if !arguments.overwrite => return Err(atomic_file::exists_error(&display_path)),
        _ => {}
    }
    sealed_folder::replace_file(&path, &display_path, &snapshot::new_placeholder(stage)).await?;
    output::eprint_line(&format!("{display_path} is a placeholder: commit it"));
    output::eprint_line(&invocation::format_step(
        "next, when the program builds and the stage is complete",
        &invocation::stage_command("snapshot", stage),
    ));
    Ok(ExitCode::SUCCESS)
}
