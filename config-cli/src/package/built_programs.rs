//! Finds the programs that earlier builds have left in the target folder, for one package or for
//! all packages of a workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cargo_metadata::{Metadata, TargetKind};

use super::settings::{read_cargo_toml, read_settings};
use super::{find_cargo_toml, find_member, read_metadata};

/// The options that select programs.
#[derive(Debug, Default)]
pub(crate) struct Selection<'a> {
    pub(crate) manifest_path: Option<&'a Path>,
    pub(crate) package: Option<&'a str>,
    pub(crate) bin: Option<&'a str>,
    pub(crate) example: Option<&'a str>,
}

/// The built programs of the packages, and the stages that the Cargo.toml of each package names.
#[derive(Debug, Default)]
pub(crate) struct BuiltPrograms {
    /// The path of the newest build of each program. The most recently built program is the first.
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) stages: Vec<String>,
}

/// Finds the programs of the selected package, or of all packages of the workspace. Builds nothing.
/// Returns `None` if the selected package does not exist, or no Cargo.toml can be found and read.
pub(crate) fn find(selection: &Selection<'_>) -> Option<BuiltPrograms> {
    let cargo_toml = match selection.manifest_path {
        Some(path) => path.to_owned(),
        None => find_cargo_toml().ok()?,
    };
    let metadata = read_metadata(&cargo_toml).ok()?;
    let members = match find_member(&metadata, selection.package, &cargo_toml) {
        Ok(member) => vec![member],
        Err(_) if selection.package.is_some() => return None,
        Err(_) => metadata.workspace_packages(),
    };

    let settings = members.iter().filter_map(|member| {
        let folder = member.manifest_path.parent()?;
        read_settings(&read_cargo_toml(folder.as_std_path()).ok()?).ok()
    });
    let stages = settings
        .flat_map(|settings| {
            let names = settings.stage_names().into_iter().map(str::to_owned);
            names.collect::<Vec<_>>()
        })
        .collect();
    let mut builds: Vec<(SystemTime, PathBuf)> = members
        .iter()
        .flat_map(|member| list_programs(member, selection))
        .filter_map(|name| find_newest(&list_folders(&metadata), &name))
        .collect();
    builds.sort_by_key(|(built, _)| std::cmp::Reverse(*built));
    Some(BuiltPrograms {
        paths: builds.into_iter().map(|(_, path)| path).collect(),
        stages,
    })
}

/// Returns the paths of the package's selected programs, relative to a folder that contains
/// programs, such as `target/debug`.
fn list_programs(member: &cargo_metadata::Package, selection: &Selection<'_>) -> Vec<PathBuf> {
    let to_path = |target: &cargo_metadata::Target| {
        let is_kind = |kind: TargetKind| target.kind.contains(&kind);
        let is_named = |name: Option<&str>| name.is_none_or(|name| name == target.name);
        let file = format!("{}{}", target.name, std::env::consts::EXE_SUFFIX);
        match selection.example {
            Some(example) => (is_kind(TargetKind::Example) && example == target.name)
                .then(|| Path::new("examples").join(file)),
            None => {
                (is_kind(TargetKind::Bin) && is_named(selection.bin)).then(|| PathBuf::from(file))
            }
        }
    };
    member.targets.iter().filter_map(to_path).collect()
}

/// Returns the folders in the target folder, and the folders in each of them. The folders that
/// contain programs are among them: `target/debug`, `target/lambda`, `target/TRIPLE/release`.
fn list_folders(metadata: &Metadata) -> Vec<PathBuf> {
    let target = metadata.target_directory.as_std_path();
    let first = list_subfolders(target);
    let second = first.iter().flat_map(|folder| list_subfolders(folder));
    first.iter().cloned().chain(second).collect()
}

fn list_subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path());
    folders.filter(|path| path.is_dir()).collect()
}

/// Returns the newest build of a program in these folders. `cargo lambda build` writes the file
/// `bootstrap` into a folder with the name of the program.
fn find_newest(folders: &[PathBuf], name: &Path) -> Option<(SystemTime, PathBuf)> {
    let files = folders.iter().flat_map(|folder| {
        let path = folder.join(name);
        [path.join("bootstrap"), path]
    });
    let builds = files.filter_map(|path| {
        let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        Some((metadata.modified().ok()?, path))
    });
    builds.max()
}
