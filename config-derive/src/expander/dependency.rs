//! Finds out whether the package depends on `stage-config` under another name. Generated code names
//! the crate `::stage_config`, and the compiler's message for a wrong name does not say what to do.

use std::env;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

const PACKAGE: &str = "stage-config";
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Returns the name that the compiled package gives to its dependency `stage-config`, or `None` if
/// it is not renamed.
pub(super) fn find_other_name() -> Option<String> {
    find_in_package(Path::new(&env::var_os("CARGO_MANIFEST_DIR")?))
}

/// Finds the name in the `Cargo.toml` of a package. Returns `None` if one of its dependencies is
/// `stage-config` under its own name, if none is `stage-config`, or if `Cargo.toml` cannot be read.
pub(crate) fn find_in_package(folder: &Path) -> Option<String> {
    let cargo_toml = read_cargo_toml(folder)?;
    let targets = cargo_toml.get("target").and_then(Value::as_table);
    let tables = targets.into_iter().flat_map(Table::values);
    let tables = tables.filter_map(Value::as_table).chain([&cargo_toml]);
    let dependencies =
        tables.flat_map(|table| KINDS.iter().filter_map(|kind| table.get(*kind)?.as_table()));

    let mut other_name = None;
    for (name, dependency) in dependencies.flatten() {
        if find_package(name, dependency, folder) != PACKAGE {
            continue;
        }
        let name = name.replace('-', "_");
        if name == "stage_config" {
            return None;
        }
        other_name.get_or_insert(name);
    }
    other_name
}

/// Returns the package of a dependency. A workspace may rename the dependencies of its members.
fn find_package(name: &str, dependency: &Value, folder: &Path) -> String {
    let read_package = |dependency: &Value| Some(dependency.get("package")?.as_str()?.to_owned());
    let is_inherited = dependency.get("workspace").and_then(Value::as_bool) == Some(true);
    let package = if is_inherited {
        let mut cargo_tomls = folder.ancestors().filter_map(read_cargo_toml);
        cargo_tomls
            .find_map(|cargo_toml| cargo_toml.get("workspace").cloned())
            .and_then(|workspace| read_package(workspace.get("dependencies")?.get(name)?))
    } else {
        read_package(dependency)
    };
    package.unwrap_or_else(|| name.to_owned())
}

fn read_cargo_toml(folder: &Path) -> Option<Table> {
    fs::read_to_string(folder.join("Cargo.toml"))
        .ok()?
        .parse()
        .ok()
}
