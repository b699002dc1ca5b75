//! Finds the workspaces of packages on disk, and compares them with those that cargo finds. Also
//! tests the errors, and packages that cargo packaged or vendored: these are in no workspace.

mod settings;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{CargoToml, find_workspace};

/// A folder with the files of a test. The folder is removed when the test ends.
struct Files(TempDir);

impl Files {
    /// Writes the `Cargo.toml` of each folder with the given text, and an empty library.
    fn new(files: &[(&str, &str)]) -> Self {
        let root = TempDir::new().expect("the folder for temporary files is writable");
        for (folder, text) in files {
            let folder = root.path().join(folder);
            fs::create_dir_all(folder.join("src")).expect("the folder is writable");
            fs::write(folder.join("src/lib.rs"), "").expect("the folder is writable");
            fs::write(folder.join("Cargo.toml"), text).expect("the folder is writable");
        }
        Self(root)
    }

    fn path(&self, folder: &str) -> PathBuf {
        self.0.path().join(folder)
    }

    fn read(&self, folder: &str) -> CargoToml {
        CargoToml::read(&self.path(folder)).expect("the test wrote a valid Cargo.toml")
    }

    /// Returns the folder of the workspace, relative to the folder of the test.
    fn find(&self, folder: &str) -> Option<String> {
        let found = find_workspace(&self.read(folder)).expect("every Cargo.toml is valid");
        found.map(|root| self.to_relative(root.folder()))
    }

    /// Returns the folder of the workspace that cargo finds, or `None` if cargo finds none or
    /// refuses the package.
    fn find_by_cargo(&self, folder: &str) -> Option<String> {
        let output = Command::new(env!("CARGO"))
            .args([
                "metadata",
                "--no-deps",
                "--offline",
                "--format-version=1",
                "--manifest-path",
            ])
            .arg(self.path(folder).join("Cargo.toml"))
            .output()
            .expect("cargo runs");
        let text = String::from_utf8(output.stdout).expect("cargo prints UTF-8");
        let (_, after) = text.split_once("\"workspace_root\":\"")?;
        let (root, _) = after.split_once('"')?;
        // For a package without a workspace, cargo returns the folder of the package.
        let root = self.to_relative(Path::new(root));
        (root != folder || self.read(folder).is_workspace()).then_some(root)
    }

    fn to_relative(&self, path: &Path) -> String {
        let path = path
            .strip_prefix(self.0.path())
            .expect("a path in the folder of the test");
        path.to_str().expect("a name in ASCII").to_owned()
    }
}

fn new_package(name: &str, more: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}")
}

/// Checks that this crate and cargo both find the workspace in the expected folder, or both find
/// none.
fn check(case: &str, files: &[(&str, &str)], package: &str, expected: Option<&str>) {
    let files = Files::new(files);
    assert_eq!(files.find(package).as_deref(), expected, "{case}");
    assert_eq!(
        files.find_by_cargo(package).as_deref(),
        expected,
        "{case}, by cargo"
    );
}

#[test]
fn the_workspace_is_the_one_that_cargo_finds() {
    let a = &new_package("a", "");
    let b = &new_package("b", "[dependencies]\na = { path = \"../../shared/a\" }");
    let virtual_root = "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\"]";
    check(
        "virtual",
        &[("", virtual_root), ("functions/a", a)],
        "functions/a",
        Some(""),
    );
    check(
        "not listed",
        &[
            ("", virtual_root),
            ("functions/b", &new_package("b", "")),
            ("deep/a", a),
        ],
        "deep/a",
        None,
    );
    check(
        "deeper than the star",
        &[
            ("", virtual_root),
            ("functions/b", &new_package("b", "")),
            ("functions/x/a", a),
        ],
        "functions/x/a",
        None,
    );
    check(
        "two stars",
        &[("", "[workspace]\nmembers = [\"**/a\"]"), ("x/y/a", a)],
        "x/y/a",
        Some(""),
    );
    check(
        "with a dot",
        &[("", "[workspace]\nmembers = [\"./x/a/\"]"), ("x/a", a)],
        "x/a",
        Some(""),
    );
    check(
        "with a folder above",
        &[
            ("", "[workspace]\nmembers = [\"x/../y/a\"]"),
            ("y/a", a),
            ("x/b", &new_package("b", "")),
        ],
        "y/a",
        Some(""),
    );
    check(
        "a root package",
        &[
            ("", &new_package("root", "[workspace]\nmembers = [\"a\"]")),
            ("a", a),
        ],
        "a",
        Some(""),
    );
    check(
        "the root package itself",
        &[("", &new_package("root", "[workspace]"))],
        "",
        Some(""),
    );
    check("alone", &[("a", a)], "a", None);
    check(
        "path dependency",
        &[("", virtual_root), ("functions/b", b), ("shared/a", a)],
        "shared/a",
        Some(""),
    );
    check(
        "path dependency of a path dependency",
        &[
            ("", virtual_root),
            (
                "functions/b",
                &new_package("b", "[dependencies]\nc = { path = \"../../shared/c\" }"),
            ),
            (
                "shared/c",
                &new_package(
                    "c",
                    "[target.'cfg(unix)'.build-dependencies]\na = { path = \"../a\" }",
                ),
            ),
            ("shared/a", a),
        ],
        "shared/a",
        Some(""),
    );
    check(
        "inherited path dependency",
        &[
            (
                "",
                "[workspace]\nmembers = [\"functions/*\"]\n[workspace.dependencies]\na = { path = \"shared/a\" }",
            ),
            (
                "functions/b",
                &new_package("b", "[dev-dependencies]\na.workspace = true"),
            ),
            ("shared/a", a),
        ],
        "shared/a",
        Some(""),
    );
}

#[test]
fn excluded_and_outside_packages_have_the_workspace_that_cargo_finds() {
    let a = &new_package("a", "");
    let b = &new_package("b", "");
    let excluding =
        "[workspace]\nmembers = [\"functions/*\"]\nexclude = [\"functions/a\", \"old\"]";
    check(
        "excluded",
        &[("", excluding), ("functions/a", a), ("functions/b", b)],
        "functions/a",
        None,
    );
    check(
        "in an excluded folder",
        &[("", excluding), ("functions/b", b), ("old/x/a", a)],
        "old/x/a",
        None,
    );
    check(
        "excluded, but listed",
        &[
            (
                "",
                "[workspace]\nmembers = [\"old/a\"]\nexclude = [\"old\"]",
            ),
            ("old/a", a),
        ],
        "old/a",
        Some(""),
    );
    check(
        "excluded path dependency",
        &[
            ("", "[workspace]\nmembers = [\"b\"]\nexclude = [\"shared\"]"),
            (
                "b",
                &new_package("b", "[dependencies]\na = { path = \"../shared/a\" }"),
            ),
            ("shared/a", a),
        ],
        "shared/a",
        None,
    );
    check(
        "a workspace in a workspace",
        &[
            ("", "[workspace]\nmembers = [\"b\"]\nexclude = [\"inner\"]"),
            ("b", b),
            ("inner", "[workspace]\nmembers = [\"a\"]"),
            ("inner/a", a),
        ],
        "inner/a",
        Some("inner"),
    );
    check(
        "named",
        &[
            ("root", "[workspace]\nmembers = [\"../a\"]"),
            ("a", &new_package("a", "workspace = \"../root\"")),
        ],
        "a",
        Some("root"),
    );
    check(
        "vendored below a workspace",
        &[
            ("", "[workspace]\nmembers = [\"b\"]"),
            ("b", b),
            ("vendor/a", a),
        ],
        "vendor/a",
        None,
    );
}

/// cargo knows the origin of a packaged or vendored package, and never searches for its workspace.
/// This crate recognizes such a package by a file that cargo added.
#[test]
fn a_packaged_or_vendored_package_has_no_workspace() {
    for marker in [".cargo-checksum.json", ".cargo-ok", ".cargo_vcs_info.json"] {
        let files = Files::new(&[
            ("", "[workspace]\nmembers = [\"vendor/*\"]"),
            ("vendor/a", &new_package("a", "")),
        ]);
        assert_eq!(files.find("vendor/a").as_deref(), Some(""));
        fs::write(files.path("vendor/a").join(marker), "{}").expect("the folder is writable");
        assert_eq!(files.find("vendor/a"), None, "{marker}");
    }
}

#[test]
fn every_error_names_its_file() {
    let a = &new_package("a", "");
    let error = |files: &[(&str, &str)]| {
        let files = Files::new(files);
        let error = CargoToml::read(&files.path("a"))
            .and_then(|package| find_workspace(&package))
            .unwrap_err();
        error.replace(files.0.path().to_str().unwrap(), "")
    };
    let cases = [
        (
            error(&[("b", a)]),
            "/a/Cargo.toml cannot be read: No such file",
        ),
        (
            error(&[("a", "x = 1\ny = ")]),
            "/a/Cargo.toml is not valid TOML, in line 2: ",
        ),
        (
            error(&[("", "[workspace"), ("a", a)]),
            "/Cargo.toml is not valid TOML, in line 1: ",
        ),
        (
            error(&[("a", &new_package("a", "workspace = \"../x\""))]),
            "`workspace` in [package] of /a/Cargo.toml: /x/Cargo.toml cannot be read: No such file",
        ),
        (
            error(&[("a", &new_package("a", "workspace = \"../x\"")), ("x", a)]),
            "`workspace` in [package] of /a/Cargo.toml names /x/Cargo.toml, which has no [workspace]",
        ),
        (
            error(&[("a", &new_package("a", "workspace = true"))]),
            "`workspace` in [package] of /a/Cargo.toml is not a path",
        ),
    ];
    for (error, expected) in cases {
        assert!(error.starts_with(expected), "{error}");
    }
}
