//! The programs of a workspace, with their configurations.

use std::path::PathBuf;

use serde::Serialize;
use stage_config_cli::artifact;
use stage_config_core::Schema;

use crate::args::{BuildArguments, WorkspaceArguments};
use crate::error::CliError;
use crate::package::{Package, Workspace};
use crate::read_values::print_names;
use crate::{cargo_build, schema_choice};

/// A program of a workspace that loads a configuration.
pub(crate) struct WorkspaceProgram {
    pub(crate) name: ProgramName,
    pub(crate) package: Package,
    pub(crate) path: PathBuf,
    /// The configurations, each with a name that is unique in the program. The list is never empty.
    pub(crate) configs: Vec<(&'static Schema, String)>,
}

/// The name of a program of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ProgramName {
    pub(crate) package: String,
    pub(crate) name: String,
    pub(crate) example: bool,
}

impl ProgramName {
    /// Returns `payments/api` for the program `api` of the package `payments`. If the program and
    /// the package have the same name, returns the name once. An example also gets ` (example)`.
    pub(crate) fn display(&self) -> String {
        let suffix = if self.example { " (example)" } else { "" };
        if self.package == self.name {
            format!("{}{suffix}", self.name)
        } else {
            format!("{}/{}{suffix}", self.package, self.name)
        }
    }
}

/// Builds the workspace and finds the programs that load a configuration. A note on standard error
/// names the programs that load no configuration.
pub(crate) fn find(
    build: &BuildArguments,
    arguments: &WorkspaceArguments,
) -> Result<Vec<WorkspaceProgram>, CliError> {
    let manifest_path = build.manifest_path.as_deref();
    let workspace = Workspace::find(manifest_path).map_err(CliError::into_undetermined)?;
    workspace.check_excluded(&arguments.exclude)?;
    // A mistake in a Cargo.toml is reported before the build.
    workspace.packages()?;
    let built = cargo_build::build_workspace(build, arguments)?;

    let (mut programs, mut without) = (Vec::new(), Vec::new());
    for program in built {
        let (package_name, package) = workspace.package(&program.package)?;
        let name = ProgramName {
            package: package_name,
            name: program.name,
            example: program.is_example,
        };
        let schemas = artifact::read(&program.path)?;
        if schemas.is_empty() {
            without.push(name.display());
            continue;
        }
        programs.push(WorkspaceProgram {
            name,
            package,
            path: program.path,
            configs: name_configs(&schemas),
        });
    }
    print_names(
        "note: skipped, because they load no configuration",
        without.iter().map(String::as_str),
    );
    Ok(programs)
}

fn name_configs(schemas: &[&'static Schema]) -> Vec<(&'static Schema, String)> {
    let names = schema_choice::list_unique_names(schemas);
    let name = |(schema, full_name): (&&'static Schema, String)| match schemas {
        [_] => (*schema, schema.name.to_owned()),
        _ => (*schema, full_name),
    };
    schemas.iter().zip(names).map(name).collect()
}
