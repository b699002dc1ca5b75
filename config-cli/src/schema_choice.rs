//! Chooses one of the configurations that the built programs contain.

use std::path::PathBuf;

use stage_config_cli::artifact;
use stage_config_core::Schema;
use stage_config_grammar::suggest;

use crate::error::CliError;
use crate::redact;

/// Reads the configurations of these programs. Returns the configuration with this name, or the
/// only configuration, and the programs that load it.
pub(crate) fn choose_schema(
    programs: Vec<PathBuf>,
    name: Option<&str>,
) -> Result<(&'static Schema, Vec<PathBuf>), CliError> {
    let mut read: Vec<(PathBuf, Vec<&'static Schema>)> = Vec::with_capacity(programs.len());
    for path in programs {
        let schemas = artifact::read(&path)?;
        read.push((path, schemas));
    }
    let schema = find_schema(&list_schemas(&read)?, name)?;
    read.retain(|(_, schemas)| schemas.contains(&schema));
    Ok((schema, read.into_iter().map(|(path, _)| path).collect()))
}

/// Lists the configurations of the programs. A configuration that several programs share is listed
/// once. Returns an error if no program contains a configuration.
fn list_schemas(
    programs: &[(PathBuf, Vec<&'static Schema>)],
) -> Result<Vec<&'static Schema>, CliError> {
    let mut listed: Vec<&'static Schema> = Vec::new();
    for schema in programs.iter().flat_map(|(_, schemas)| schemas) {
        if !listed.contains(schema) {
            listed.push(schema);
        }
    }
    match programs.first() {
        Some((path, _)) if listed.is_empty() => {
            Err(artifact::no_manifest_error(&path.display().to_string()).into())
        }
        _ => Ok(listed),
    }
}

/// Returns the configuration with this name, or the only one.
pub(crate) fn find_schema(
    schemas: &[&'static Schema],
    name: Option<&str>,
) -> Result<&'static Schema, CliError> {
    let names = list_unique_names(schemas);
    let named = schemas
        .iter()
        .copied()
        .zip(names.iter().map(String::as_str));
    let matching: Vec<(&'static Schema, &str)> = named
        .filter(|(schema, full)| name.is_none_or(|name| matches_name(schema, full, name)))
        .collect();
    match (matching.as_slice(), name) {
        ([(only, _)], _) => Ok(only),
        ([], Some(name)) => {
            let is_path = name.contains("::");
            let known: Vec<&str> = if is_path {
                names.iter().map(String::as_str).collect()
            } else {
                schemas.iter().map(|schema| schema.name).collect()
            };
            Err(CliError::undetermined(redact::unknown_name_message(
                "configuration",
                name,
                &known,
            )))
        }
        _ => {
            let names: Vec<&str> = matching.iter().map(|(_, name)| *name).collect();
            Err(CliError::undetermined(format!(
                "there are several configurations: {}",
                suggest::format_list(&names)
            ))
            .with_help("choose one: --config NAME, with enough of its path to make it unique"))
        }
    }
}

/// Returns whether `name` is the end of a configuration's path or of its unique name `full`:
/// `Config`, `settings::Config`, `payments/settings::Config`.
pub(crate) fn matches_name(schema: &Schema, full: &str, name: &str) -> bool {
    let path = format!("{}::{}", schema.module, schema.name);
    full == name
        || path == name
        || path.ends_with(&format!("::{name}"))
        || full.ends_with(&format!("/{name}"))
}

/// Returns a unique name for each configuration: its path with the module. If several
/// configurations have the same path, their package is added. If they also have the same package
/// (two programs or two versions), a number in the order of `schemas` is added.
pub(crate) fn list_unique_names(schemas: &[&'static Schema]) -> Vec<String> {
    let paths: Vec<String> = schemas
        .iter()
        .map(|schema| format!("{}::{}", schema.module, schema.name))
        .collect();
    let with_package = |(index, schema): (usize, &&Schema)| match paths
        .iter()
        .filter(|path| **path == paths[index])
        .count()
    {
        1 => paths[index].clone(),
        _ => format!("{}/{}", schema.package, paths[index]),
    };
    let names: Vec<String> = schemas.iter().enumerate().map(with_package).collect();
    let numbered =
        |(index, name): (usize, &String)| match names.iter().filter(|other| *other == name).count()
        {
            1 => name.clone(),
            _ => format!(
                "{name}#{}",
                names[..index].iter().filter(|other| *other == name).count() + 1
            ),
        };
    names.iter().enumerate().map(numbered).collect()
}

#[cfg(test)]
mod tests {
    use stage_config::StageConfig;

    use super::*;

    #[derive(StageConfig)]
    #[stage(dev)]
    struct Config {}

    fn new_schemas(names: &[(&'static str, &'static str, &'static str)]) -> Vec<&'static Schema> {
        let schema = |(package, module, docs): &(&'static str, &'static str, &'static str)| -> &'static Schema {
            Box::leak(Box::new(Schema { docs, package, module, app: package, ..Config::SCHEMA }))
        };
        names.iter().map(schema).collect()
    }

    #[test]
    fn every_configuration_has_a_unique_name() {
        let schemas = new_schemas(&[
            ("a", "main", "1"),
            ("b", "main", "2"),
            ("b", "main", "3"),
            ("c", "c::settings", "4"),
        ]);
        let choose = |name: &str| {
            find_schema(&schemas, Some(name))
                .map(|schema| schema.docs)
                .map_err(|problem| problem.to_string())
        };
        assert_eq!(choose("a/main::Config").unwrap(), "1");
        assert_eq!(choose("b/main::Config#1").unwrap(), "2");
        assert_eq!(choose("b/main::Config#2").unwrap(), "3");
        assert_eq!(choose("settings::Config").unwrap(), "4");
        let several = choose("main::Config").unwrap_err();
        assert!(
            several.contains("`a/main::Config`, `b/main::Config#1`, `b/main::Config#2`"),
            "{several}"
        );
        assert!(
            choose("Confi")
                .unwrap_err()
                .contains("did you mean `Config`?")
        );
        assert!(!choose("Zx9kQ7Wv3Lp5").unwrap_err().contains("Zx9"));
    }
}
