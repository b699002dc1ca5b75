//! The dependencies of a package.

use toml::{Table, Value};

use super::CargoToml;

const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// A dependency as `Cargo.toml` declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The key of the dependency in its table.
    pub name: String,
    /// The name of the package that is the dependency. This name may differ from the key.
    pub package: String,
    /// The path of the dependency, relative to the folder of the `Cargo.toml` that states the path.
    /// If the package inherits the dependency, the `Cargo.toml` of the workspace states the path.
    pub path: Option<String>,
    /// Whether the package inherits the dependency from its workspace.
    pub inherited: bool,
}

/// Returns the dependencies of a package, of every kind and target. `workspace` states the
/// dependencies that the package inherits.
#[must_use]
pub fn list_dependencies(package: &CargoToml, workspace: Option<&CargoToml>) -> Vec<Dependency> {
    let targets = package.find_table(&["target"]);
    let tables = targets.into_iter().flat_map(Table::values);
    let tables = tables.filter_map(Value::as_table).chain([&package.table]);
    let dependencies =
        tables.flat_map(|table| KINDS.iter().filter_map(|kind| table.get(*kind)?.as_table()));
    dependencies
        .flatten()
        .map(|(name, value)| {
            let inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
            let value = if inherited {
                workspace.and_then(|root| root.find(&["workspace", "dependencies", name]))
            } else {
                Some(value)
            };
            let text = |key| Some(value?.get(key)?.as_str()?.to_owned());
            Dependency {
                name: name.clone(),
                package: text("package").unwrap_or_else(|| name.clone()),
                path: text("path"),
                inherited,
            }
        })
        .collect()
}
