//! A script in place of cargo. It reports the programs of the test as built.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::package::Package;

/// Writes the script and the programs into a workspace with these members. Each program is a tuple:
/// the name of its package, its own name, and the content of its executable.
pub(crate) fn install(package: &Package, members: &[&str], programs: &[(&str, &str, Vec<u8>)]) {
    let messages: Vec<String> = programs
        .iter()
        .map(|(owner, name, executable)| {
            let path = package.write(&format!("target/{name}"), executable);
            artifact_message(owner, "bin", name, path.to_str().expect("the path is text"))
        })
        .collect();
    package.write("messages.json", messages.join("\n"));
    let metadata = metadata(package.path(), members);
    package.write("metadata.json", metadata.to_string());
    // The command may run in the folder of a member, so the script first changes to its own folder.
    let script = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\ncase \"$1\" in\nmetadata) cat metadata.json ;;\n\
                  build) echo \"$@\" > built; cat messages.json ;;\nesac\n";
    let cargo = package.write("cargo.sh", script);
    fs::set_permissions(cargo, fs::Permissions::from_mode(0o755))
        .expect("the file can be made executable");
}

/// Returns the path of the script.
pub(crate) fn path(package: &Package) -> PathBuf {
    package.path().join("cargo.sh")
}

fn metadata(root: &Path, members: &[&str]) -> Value {
    let member = |name: &str| {
        json!({
            "id": format!("path+file:///{name}"), "name": name, "version": "0.1.0",
            "manifest_path": root.join(name).join("Cargo.toml"), "dependencies": [],
            "targets": [], "features": {},
        })
    };
    json!({
        "packages": members.iter().map(|name| member(name)).collect::<Vec<_>>(),
        "workspace_members": members.iter().map(|name| format!("path+file:///{name}")).collect::<Vec<_>>(),
        "resolve": null, "version": 1, "workspace_root": root,
        "target_directory": root.join("target"),
    })
}

/// Returns cargo's message about a built program.
pub(crate) fn artifact_message(owner: &str, kind: &str, name: &str, path: &str) -> String {
    let target = json!({
        "kind": [kind], "crate_types": ["bin"], "name": name, "src_path": "/nowhere/main.rs",
        "edition": "2024", "doc": true, "doctest": false, "test": true,
    });
    let profile = json!({
        "opt_level": "0", "debuginfo": 0, "debug_assertions": true, "overflow_checks": true,
        "test": false,
    });
    json!({
        "reason": "compiler-artifact", "package_id": format!("path+file:///{owner}"),
        "manifest_path": format!("/nowhere/{owner}/Cargo.toml"), "target": target,
        "profile": profile, "features": [], "filenames": [path], "executable": path, "fresh": true,
    })
    .to_string()
}
