//! Folders of tests: lists the names in a folder, and copies a fixture that a test builds.

use std::fs;
use std::path::Path;

/// Returns the names in a folder, sorted.
pub fn list_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("a name is UTF-8");
    let mut names: Vec<String> = entries
        .map(|entry| name(entry.expect("an entry can be read")))
        .collect();
    names.sort();
    names
}

/// Copies a fixture of packages. Replaces `STAGE_CONFIG` in its files with the path of this
/// workspace. Writes only changed files, so that cargo does not rebuild.
pub fn copy_fixture(from: &Path, to: &Path, workspace: &Path) {
    fs::create_dir_all(to).expect("the folder can be created");
    for name in list_names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy_fixture(&from, &to, workspace);
        } else {
            let text = fs::read_to_string(from).expect("the fixture is text");
            let text = text.replace("STAGE_CONFIG", &workspace.display().to_string());
            if fs::read_to_string(&to).ok().as_ref() != Some(&text) {
                fs::write(to, text).expect("the file can be written");
            }
        }
    }
}
