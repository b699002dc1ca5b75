//! Uses cargo to build packages that take their stages from `Cargo.toml`: members of a workspace,
//! and packages outside of the workspace. Also tests the errors of such builds.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A program that prints the sources of `table` in each stage.
const MAIN: &str = r#"
use stage_config::StageConfig;

#[derive(StageConfig)]
#[config(workspace)]
struct Config {
    #[allow(dead_code)]
    table: String,
}

fn main() {
    for stage in Config::SCHEMA.stages {
        let plan = Config::loader().stage(*stage).plan().expect("a declared stage");
        println!("{stage} {}", plan.sources("table").expect("a field").join(" else "));
    }
}
"#;

const SHARED: &str = r#"
use stage_config::StageConfig;

#[derive(StageConfig)]
#[config(workspace)]
pub struct Settings {
    pub key: String,
}
"#;

const TABLE: &str = r#"
[workspace.metadata.stage.dev]
template = "/{app}/dev/{field}"
[workspace.metadata.stage.prod]
template = ["/{app}/prod/{field}", "/shared/{field}"]
"#;

const ROOT: &str = r#"
[workspace]
resolver = "3"
members = ["functions/*"]
exclude = ["excluded"]
"#;

const OWN_TABLE: &str = "[package.metadata.stage.live]\ntemplate = \"/own/{app}/{field}\"\n";

/// A folder with packages.
struct Packages(PathBuf);

impl Drop for Packages {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Packages {
    /// Creates the folder outside of this repository, so that an excluded package is not inside the
    /// repository's workspace. All runs with the same target folder use the same name for this
    /// folder, so that cargo replaces the builds of the last run.
    fn new(name: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        env!("CARGO_TARGET_TMPDIR").hash(&mut hasher);
        let parent = format!("stage-config-workspaces-{:x}", hasher.finish());
        let folder = std::env::temp_dir().join(parent).join(name);
        let _ = fs::remove_dir_all(&folder);
        let packages = Self(folder);
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        packages.write(
            "Cargo.lock",
            &fs::read_to_string(lock).expect("the workspace has a lock file"),
        );
        packages
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("the folder is writable");
        fs::write(path, text).expect("the folder is writable");
    }

    /// Writes a package whose `Cargo.toml` ends with `more`.
    fn add(&self, folder: &str, source: &str, more: &str) {
        let derive = Path::new(env!("CARGO_MANIFEST_DIR"));
        let library = derive.parent().expect("the package is in the workspace");
        let name = folder.rsplit('/').next().expect("a folder has a name");
        let file = if source == SHARED {
            "lib.rs"
        } else {
            "main.rs"
        };
        self.write(&format!("{folder}/src/{file}"), source);
        self.write(
            &format!("{folder}/Cargo.toml"),
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
                 stage-config = {{ path = {library:?}, default-features = false }}\n\
                 stage-config-derive = {{ path = {derive:?}, features = [\"ssm\"] }}\n{more}"
            ),
        );
    }

    fn new_command(&self, folder: &str) -> Command {
        let mut command = Command::new(env!("CARGO"));
        // Other tests build the same dependencies in this folder.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manifest/debug/target");
        command
            .current_dir(self.0.join(folder))
            .args(["run", "--quiet", "--color=never"])
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("CARGO_NET_OFFLINE", "true");
        command
    }

    fn run(&self, folder: &str) -> Output {
        self.new_command(folder).output().expect("cargo runs")
    }

    /// Returns the lines that the program prints.
    fn list_sources(&self, folder: &str) -> Vec<String> {
        let Output {
            status,
            stdout,
            stderr,
        } = self.run(folder);
        assert!(
            status.success(),
            "{folder}: {}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8_lossy(&stdout)
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Returns the error of the compiler, with `$ROOT` for the folder of the packages.
    fn find_error(&self, output: Output) -> String {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{stderr}");
        let line = stderr.lines().find(|line| line.starts_with("error: "));
        let line = line.unwrap_or_else(|| panic!("no error: {stderr}"));
        line.replace(self.0.to_str().expect("a path in UTF-8"), "$ROOT")
    }
}

#[test]
fn members_have_the_table_of_their_workspace_and_other_packages_have_their_own_table() {
    let packages = Packages::new("members");
    packages.write("Cargo.toml", &format!("{ROOT}{TABLE}"));
    let dependencies =
        "shared = { path = \"../../shared\" }\nmoney = { path = \"../../vendor/money\" }\n";
    let main = MAIN.replace(
        "fn main() {",
        "fn main() {\n    for schema in [shared::Settings::SCHEMA, money::Settings::SCHEMA] {\n        \
         println!(\"{} {:?}\", schema.package, schema.stages);\n    }",
    );
    packages.add("functions/orders", &main, dependencies);
    packages.add("shared", SHARED, "");
    packages.add("vendor/money", SHARED, OWN_TABLE);
    packages.write("vendor/money/.cargo-checksum.json", "{}");
    assert_eq!(
        packages.list_sources("functions/orders"),
        [
            "shared [\"dev\", \"prod\"]",
            "money [\"live\"]",
            "dev /orders/dev/table",
            "prod /orders/prod/table else /shared/table",
        ]
    );

    // The compiler reads the file again after a change.
    let changed = TABLE
        .replace("/{app}/dev/", "/changed/dev/")
        .replace(".prod]", ".staging]");
    packages.write("Cargo.toml", &format!("{ROOT}{changed}"));
    assert_eq!(
        packages.list_sources("functions/orders")[2..],
        [
            "dev /changed/dev/table",
            "staging /orders/prod/table else /shared/table"
        ]
    );

    packages.add("excluded/old", MAIN, OWN_TABLE);
    packages.write(
        "excluded/old/Cargo.lock",
        &fs::read_to_string(packages.0.join("Cargo.lock")).unwrap(),
    );
    assert_eq!(
        packages.list_sources("excluded/old"),
        ["live /own/old/table"]
    );

    // The program contains the table.
    fs::remove_dir_all(&packages.0).expect("the folder is writable");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manifest/debug/target/debug/old");
    let output = Command::new(program).output().expect("cargo built it");
    assert_eq!(output.stdout, b"live /own/old/table\n");
}

#[test]
fn a_package_without_stages_is_an_error_that_names_the_file() {
    let packages = Packages::new("without");
    packages.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"member\"]\nexclude = [\"alone\"]",
    );
    packages.add("member", MAIN, "");
    assert_eq!(
        packages.find_error(packages.run("member")),
        "error: `workspace` takes the stages from Cargo.toml, which has none: write `template = \
         \"/{app}/dev/{field}\"` into [workspace.metadata.stage.dev] of $ROOT/Cargo.toml"
    );

    // A packaged copy of a package has only its own table, even if a workspace above it has stages.
    packages.write(
        "Cargo.toml",
        &format!(
            "[workspace]\nresolver = \"3\"\nmembers = [\"member\"]\nexclude = [\"alone\"]\n{TABLE}"
        ),
    );
    packages.add("alone", MAIN, "");
    packages.write("alone/.cargo_vcs_info.json", "{}");
    packages.write(
        "alone/Cargo.lock",
        &fs::read_to_string(packages.0.join("Cargo.lock")).unwrap(),
    );
    assert_eq!(
        packages.find_error(packages.run("alone")),
        "error: `workspace` takes the stages from Cargo.toml, which has none (this package is in \
         no workspace; a packaged or vendored package is never in a workspace): write `template = \
         \"/{app}/dev/{field}\"` into [package.metadata.stage.dev] of $ROOT/alone/Cargo.toml"
    );
}

/// Another build system may run the compiler without a `Cargo.toml`.
#[test]
fn a_build_without_cargo_toml_is_an_error() {
    let packages = Packages::new("no-file");
    packages.write(
        "Cargo.toml",
        &format!("[workspace]\nresolver = \"3\"\nmembers = [\"member\"]\n{TABLE}"),
    );
    packages.add("member", MAIN, "");
    let build = |name: &str, change: &str| {
        let wrapper = packages.0.join(name);
        packages.write(name, &format!("#!/bin/sh\n{change}\nexec \"$@\"\n"));
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))
            .expect("the file was written");
        let mut command = packages.new_command("member");
        let output = command.env("RUSTC_WORKSPACE_WRAPPER", &wrapper).output();
        packages.find_error(output.expect("cargo runs"))
    };
    let elsewhere = build("elsewhere.sh", "export CARGO_MANIFEST_DIR=/nowhere");
    assert!(
        elsewhere.starts_with("error: /nowhere/Cargo.toml cannot be read: "),
        "{elsewhere}"
    );
    assert_eq!(
        build("unset.sh", "unset CARGO_MANIFEST_DIR"),
        "error: `workspace` reads Cargo.toml, but `CARGO_MANIFEST_DIR` is not set: build with cargo"
    );
}
