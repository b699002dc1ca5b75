//! Dependencies on `stage-config` under another name.

use std::fs;
use std::path::PathBuf;

use crate::expander::dependency::find_in_package;

/// A workspace with one package. Its files are removed when the value is dropped.
struct Workspace(PathBuf);

impl Workspace {
    fn new(name: &str, root: &str, member: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("stage-config-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("member"))
            .expect("the folder for temporary files is writable");
        fs::write(folder.join("Cargo.toml"), root).expect("the folder was created");
        fs::write(folder.join("member/Cargo.toml"), member).expect("the folder was created");
        Self(folder)
    }

    fn find(&self) -> Option<String> {
        find_in_package(&self.0.join("member"))
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_name_of_the_dependency_is_found_only_if_it_is_renamed() {
    let root = "[workspace]\nmembers = [\"member\"]\n\
        [workspace.dependencies]\nsettings = { package = \"stage-config\", path = \"x\" }\nstage-config = \"1\"";
    for (case, member, expected) in [
        (
            "inline",
            "[dependencies]\nmy-settings = { package = \"stage-config\", version = \"1\" }",
            Some("my_settings"),
        ),
        (
            "table",
            "[dependencies.conf]\nversion = \"1\"\npackage = \"stage-config\"",
            Some("conf"),
        ),
        (
            "dev",
            "[dev-dependencies]\nconf = { package = \"stage-config\", path = \"x\" }",
            Some("conf"),
        ),
        (
            "target",
            "[target.'cfg(unix)'.dependencies]\nconf = { package = \"stage-config\", path = \"x\" }",
            Some("conf"),
        ),
        (
            "inherited",
            "[dependencies]\nsettings = { workspace = true }",
            Some("settings"),
        ),
        (
            "dotted",
            "[dependencies]\nsettings.workspace = true",
            Some("settings"),
        ),
        ("same", "[dependencies]\nstage-config = \"1\"", None),
        (
            "inherited-same",
            "[dependencies]\nstage-config.workspace = true",
            None,
        ),
        (
            "both",
            "[dependencies]\nstage-config = \"1\"\nnext = { package = \"stage-config\", path = \"x\" }",
            None,
        ),
        (
            "re-exported",
            "[dependencies]\nframework = { package = \"other\", version = \"1\" }",
            None,
        ),
        ("none", "[package]\nname = \"x\"", None),
        ("invalid", "[dependencies", None),
    ] {
        assert_eq!(
            Workspace::new(case, root, member).find().as_deref(),
            expected,
            "{case}"
        );
    }
    assert_eq!(
        find_in_package(&std::env::temp_dir().join("no-such-folder-of-stage-config")),
        None
    );
}
