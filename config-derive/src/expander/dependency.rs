//! Finds out whether the package depends on `stage-config` under another name. Generated code names
//! the crate `::stage_config`. If the crate has another name, the compiler's message does not say
//! what to do, so the derive reports the other name itself.

use std::env;
use std::path::Path;

use stage_config_grammar::cargo_toml::{CargoToml, find_workspace, list_dependencies};

const PACKAGE: &str = "stage-config";

/// Returns the name that the compiled package gives to its dependency `stage-config`, or `None` if
/// it is not renamed.
pub(super) fn find_other_name() -> Option<String> {
    find_in_package(Path::new(&env::var_os("CARGO_MANIFEST_DIR")?))
}

/// Finds the other name of `stage-config` in the `Cargo.toml` of a package. Returns `None` if the
/// package does not depend on `stage-config`, if one of its dependencies is `stage-config` without
/// another name, or if `Cargo.toml` cannot be read.
pub(crate) fn find_in_package(folder: &Path) -> Option<String> {
    let package = CargoToml::read(folder).ok()?;
    let mut dependencies = list_dependencies(&package, None);
    if dependencies.iter().any(|dependency| dependency.inherited) {
        let workspace = find_workspace(&package).ok().flatten();
        dependencies = list_dependencies(&package, workspace.as_ref());
    }
    let mut names = dependencies
        .into_iter()
        .filter(|dependency| dependency.package == PACKAGE)
        .map(|dependency| dependency.name.replace('-', "_"));
    let first = names.next()?;
    let is_renamed = first != "stage_config" && names.all(|name| name != "stage_config");
    is_renamed.then_some(first)
}
