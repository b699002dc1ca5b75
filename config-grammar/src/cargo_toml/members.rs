//! Decides whether a folder is a member of a workspace, by the rules of cargo.
//!
//! Cargo documents these rules:
//! <https://doc.rust-lang.org/cargo/reference/workspaces.html#the-members-and-exclude-fields>

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use toml::Value;

use super::{CargoToml, list_dependencies, normalize};

/// As in cargo, `*` does not match `/`.
const MATCH_OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Returns whether `folder`, which is inside the folder of `root`, is a member: not excluded, and
/// either listed in `members` or a path dependency of a member.
pub(super) fn is_member(root: &CargoToml, folder: &Path) -> bool {
    let workspace = Workspace {
        root,
        members: list_paths(root, "members"),
        excluded: list_paths(root, "exclude"),
    };
    !workspace.is_excluded(folder)
        && (workspace.is_listed(folder) || workspace.has_path_dependency(folder))
}

struct Workspace<'a> {
    root: &'a CargoToml,
    members: Vec<PathBuf>,
    excluded: Vec<PathBuf>,
}

impl Workspace<'_> {
    /// As in cargo, a path in `members` has priority over `exclude`, but a pattern such as `a/*`
    /// does not have priority.
    fn is_excluded(&self, folder: &Path) -> bool {
        let contain = |paths: &[PathBuf]| paths.iter().any(|path| folder.starts_with(path));
        contain(&self.excluded) && !contain(&self.members)
    }

    fn is_listed(&self, folder: &Path) -> bool {
        let Ok(folder) = folder.strip_prefix(self.root.folder()) else {
            return false;
        };
        self.patterns()
            .filter_map(|pattern| Pattern::new(pattern).ok())
            .any(|pattern| pattern.matches_path_with(folder, MATCH_OPTIONS))
    }

    /// Returns whether the package in this folder is a path dependency of a member, directly or
    /// through other path dependencies.
    fn has_path_dependency(&self, folder: &Path) -> bool {
        let mut known: BTreeSet<PathBuf> = BTreeSet::new();
        let mut pending = self.list_members();
        while let Some(path) = pending.pop() {
            if path == folder {
                return true;
            }
            if !known.insert(path.clone()) || self.is_excluded(&path) {
                continue;
            }
            let Ok(package) = CargoToml::read(&path) else {
                continue;
            };
            let dependencies = list_dependencies(&package, Some(self.root));
            pending.extend(dependencies.into_iter().filter_map(|dependency| {
                let base = if dependency.inherited {
                    self.root.folder()
                } else {
                    &path
                };
                let path = normalize(&base.join(dependency.path?));
                path.starts_with(self.root.folder()).then_some(path)
            }));
        }
        false
    }

    /// Returns the folders that `members` lists, and the folder of the workspace itself.
    fn list_members(&self) -> Vec<PathBuf> {
        // The path of the folder may contain characters that have a meaning in patterns.
        let root = Pattern::escape(&self.root.folder().to_string_lossy());
        let listed = self
            .patterns()
            .filter_map(|pattern| glob::glob_with(&format!("{root}/{pattern}"), MATCH_OPTIONS).ok())
            .flat_map(|paths| paths.filter_map(Result::ok));
        listed.chain([self.root.folder().to_path_buf()]).collect()
    }

    /// Returns the entries of `members` inside the folder of the workspace, relative to it.
    fn patterns(&self) -> impl Iterator<Item = &str> {
        self.members
            .iter()
            .filter_map(|member| member.strip_prefix(self.root.folder()).ok()?.to_str())
    }
}

/// Returns the paths in a list of `[workspace]`.
fn list_paths(root: &CargoToml, key: &str) -> Vec<PathBuf> {
    let texts = root.find(&["workspace", key]).and_then(Value::as_array);
    let texts = texts.into_iter().flatten().filter_map(Value::as_str);
    texts
        .map(|text| normalize(&root.folder().join(text)))
        .collect()
}
