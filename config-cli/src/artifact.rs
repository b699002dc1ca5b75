//! A built artifact, and the configurations that it loads.

mod archive;
mod container;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;

use stage_config_core::Schema;
use stage_config_core::manifest::{self, ManifestError, ManifestErrorKind};

use crate::problem::Problem;
use container::{Fault, MAX_ARTIFACT};

/// What the artifact says of the configurations that it loads, each once, in the order of their names.
///
/// None where there is no description: see [`absent`]. It may be an executable or a library for Linux, macOS or Windows, or the zip of a Lambda function.
pub(crate) fn read(path: &Path) -> Result<Vec<&'static Schema>, Problem> {
    let shown = path.display();
    let sections = container::sections(&contents(path)?)
        .map_err(|Fault { what, remedy }| Problem::unchecked(format!("{shown}: {what}")).remedy(remedy))?;
    let mut schemas: Vec<&'static Schema> = Vec::new();
    for section in &sections {
        for schema in manifest::decode(section).map_err(|error| of_manifest(path, &error))? {
            // One struct may have got there twice, by two crates or two architectures.
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
    }
    schemas.sort_by_key(|schema| (schema.name, schema.package, schema.module));
    Ok(schemas)
}

/// The error for an artifact without a description.
pub(crate) fn absent(path: &Path) -> Problem {
    Problem::unchecked(format!("{} carries no manifest of a configuration", path.display())).remedy(
        "build it with stage-config, and let the program load a configuration: what it never loads is not in it; a tool \
         that removes sections may have removed it",
    )
}

fn contents(path: &Path) -> Result<Vec<u8>, Problem> {
    let shown = path.display();
    let unreadable = |error| {
        Problem::unchecked(format!("{shown} cannot be read: {error}"))
            .remedy("name what was built: an executable, or the zip of a Lambda function")
    };
    // What `cargo lambda build` makes is a folder with the executable in it.
    let inside = path.join("bootstrap");
    let path = if path.is_dir() && inside.is_file() { &inside } else { path };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Problem::unchecked(format!("{shown} is no file, and no folder with a `bootstrap` in it"))
            .remedy("name what was built: an executable, or the zip of a Lambda function"));
    }
    if metadata.len() > MAX_ARTIFACT {
        return Err(Problem::unchecked(format!("{shown} has more than {} MiB", MAX_ARTIFACT >> 20))
            .remedy("name the executable itself, built with `strip = true`"));
    }
    fs::read(path).map_err(unreadable)
}

fn of_manifest(path: &Path, error: &ManifestError) -> Problem {
    let what = match error.kind() {
        ManifestErrorKind::UnsupportedVersion => "has a manifest that this cargo-stage is too old for",
        _ => "has a manifest that is damaged",
    };
    Problem::unchecked(format!("{} {what}: {}", path.display(), error.detail())).remedy(error.remedy())
}
