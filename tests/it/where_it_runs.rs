//! Every test that `docs/where-it-runs.md` names exists, in the module that the page names.

use std::fs;
use std::path::{Path, PathBuf};

const DOCUMENT: &str = include_str!("../../docs/where-it-runs.md");

/// The folders, in the root of the repository, with the tests that the page may name.
const FOLDERS: [&str; 4] = ["config-cli", "config-core", "examples", "tests"];

/// Returns the names of tests in the document: in code style, of at least four words.
fn list_names() -> Vec<&'static str> {
    let spans = DOCUMENT.split('`').skip(1).step_by(2);
    let is_test = |span: &&str| {
        let name = span.rsplit("::").next().unwrap_or_default();
        let allowed = |character: char| character.is_ascii_lowercase() || "_:".contains(character);
        span.chars().all(allowed) && name.matches('_').count() >= 3
    };
    spans.filter(is_test).collect()
}

fn collect_rust_files(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    let entries = fs::read_dir(folder).expect("a folder of the repository can be read");
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
            collect_rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a file of the repository can be read");
            files.push((path, text));
        }
    }
}

#[test]
fn every_named_test_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect_rust_files(&root.join(folder), &mut files);
    }

    let names = list_names();
    assert!(names.len() >= 20, "the names are not found: {names:?}");
    let is_unknown = |name: &&&str| {
        let (module, function) = name.rsplit_once("::").unwrap_or(("", name));
        let file = module.replace("::", "/") + ".rs";
        let function = format!("fn {function}(");
        !files.iter().any(|(path, text)| {
            (module.is_empty() || path.ends_with(&file)) && text.contains(&function)
        })
    };
    let unknown: Vec<_> = names.iter().filter(is_unknown).collect();
    assert!(
        unknown.is_empty(),
        "the page names tests that do not exist: {unknown:?}"
    );
}
