//! The names in the programs that are built already, and in Cargo.toml.

use stage_config_cli::artifact;
use stage_config_core::Schema;

use super::command_line::CommandLine;
use crate::package::built_programs::{self, BuiltPrograms};
use crate::schema_choice;

/// The maximum number of programs that are read.
const MAX_PROGRAMS: usize = 8;

/// The configurations that a command line may name, with their fields, and the stages.
pub(super) struct ProgramNames {
    /// The configurations, with their unique names.
    schemas: Vec<(&'static Schema, String)>,
    /// The configuration that the line names. If the line names none, all configurations are
    /// chosen.
    config: Option<String>,
    /// The stages in Cargo.toml.
    configured_stages: Vec<String>,
}

impl ProgramNames {
    /// Reads the artifact that the line names, or else the programs of its package that were built
    /// before. Also reads the stages in Cargo.toml.
    pub(super) fn new(line: &CommandLine) -> Self {
        let built = built_programs::find(&built_programs::Selection {
            manifest_path: line.manifest_path.as_deref(),
            package: line.package.as_deref(),
            bin: line.bin.as_deref(),
            example: line.example.as_deref(),
        });
        let BuiltPrograms { paths, stages } = built.unwrap_or_default();
        let paths = match &line.artifact {
            Some(artifact) => vec![artifact.clone()],
            None => paths,
        };
        let read = paths.iter().take(MAX_PROGRAMS);
        let mut schemas: Vec<&'static Schema> = Vec::new();
        for schema in read.flat_map(|path| artifact::read(path).unwrap_or_default()) {
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        let names = schema_choice::list_unique_names(&schemas);
        Self {
            schemas: schemas.into_iter().zip(names).collect(),
            config: line.config.clone(),
            configured_stages: stages,
        }
    }

    /// Returns the fields of the chosen configurations.
    pub(super) fn fields(&self) -> Vec<String> {
        let leaves = self.chosen().flat_map(Schema::leaves);
        unique(leaves.map(|leaf| leaf.path))
    }

    /// Returns the stages that the chosen configurations declare, and those in Cargo.toml.
    pub(super) fn stages(&self) -> Vec<String> {
        let declared = self.chosen().flat_map(|schema| schema.stages);
        let declared = declared.map(|stage| (*stage).to_owned());
        unique(declared.chain(self.configured_stages.iter().cloned()))
    }

    /// Returns a name for each configuration: its own name, or a longer one if others have the same
    /// name.
    pub(super) fn configs(&self) -> Vec<String> {
        let is_unique = |schema: &Schema| {
            let same = self.schemas.iter();
            same.filter(|(other, _)| other.name == schema.name).count() == 1
        };
        let names = self.schemas.iter().map(|(schema, unique_name)| {
            if is_unique(schema) {
                schema.name.to_owned()
            } else {
                unique_name.clone()
            }
        });
        unique(names)
    }

    fn chosen(&self) -> impl Iterator<Item = &'static Schema> {
        let config = self.config.as_deref().filter(|config| !config.is_empty());
        let is_chosen = move |(schema, unique_name): &&(&'static Schema, String)| {
            config.is_none_or(|config| schema_choice::matches_name(schema, unique_name, config))
        };
        self.schemas
            .iter()
            .filter(is_chosen)
            .map(|(schema, _)| *schema)
    }
}

/// Removes duplicates, and names that a shell could treat as something other than a name. An
/// artifact is untrusted.
fn unique(names: impl Iterator<Item = String>) -> Vec<String> {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:#".contains(c);
    let mut unique: Vec<String> = Vec::new();
    for name in names {
        if name.chars().all(is_plain) && !name.starts_with('-') && !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_listed_once_and_only_if_it_is_plain() {
        let names = [
            "a.b", "größe", "a.b", "--all", "$(x)", "a b", "a\nb", "`x`", "m::C#2",
        ];
        let names = unique(names.map(str::to_owned).into_iter());
        assert_eq!(names, ["a.b", "größe", "m::C#2"]);
    }
}
