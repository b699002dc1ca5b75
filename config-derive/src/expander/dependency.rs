//! Finds out whether the package depends on `stage-config` under another name. Generated code names
//! the crate `::stage_config`, and the compiler's message for a wrong name does not say what to do.

use std::env;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

const PACKAGE: &str = "stage-config";
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Returns the other name of the crate in the package that is compiled.
pub(super) fn find_other_name() -> Option<String> {
    find_in_package(Path::new(&env::var_os("CARGO_MANIFEST_DIR")?))
}

/// Returns `None` if the name is not changed, or if there is no `Cargo.toml` that can be read.
pub(crate) fn find_in_package(folder: &Path) -> Option<String> {
    let manifest = read_manifest(folder)?;
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = targets.into_iter().flat_map(Table::values);
    let tables = tables.filter_map(Value::as_table).chain([&manifest]);
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
        let mut manifests = folder.ancestors().filter_map(read_manifest);
        manifests
            .find_map(|manifest| manifest.get("workspace").cloned())
            .and_then(|workspace| read_package(workspace.get("dependencies")?.get(name)?))
    } else {
        read_package(dependency)
    };
    package.unwrap_or_else(|| name.to_owned())
}

fn read_manifest(folder: &Path) -> Option<Table> {
    fs::read_to_string(folder.join("Cargo.toml"))
        .ok()?
        .parse()
        .ok()
}
