//! `cargo stage seal --import-vinz FILE…`: what the npm package vinz encrypted.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stage_config_core::sealed::import_vinz;

use super::{Place, Seal, in_time};
use crate::folder::check_name;
use crate::output;
use crate::problem::Problem;

/// KMS ciphertext of at most 4,096 bytes in clear is a little longer than these: what is much longer is no such file.
const MOST: u64 = 1 << 16;

pub(super) async fn run(place: &Place, arguments: &Seal) -> Result<(), Problem> {
    let key = place.key()?;
    let files = files(place, arguments)?;
    let kms = place.kms().await.map_err(Problem::into_refused)?;
    let mut sealed = Vec::new();
    for (name, path) in &files {
        let shown = path.display().to_string();
        let bytes = read(path)?;
        let value = in_time(&shown, import_vinz(&kms, &bytes)).await.map_err(Problem::into_refused)?;
        let value = key.seal(name, &value).map_err(|error| Problem::of_sealed(&shown, &error))?;
        sealed.push((name, value.to_string()));
    }

    // All of them or, unless the disk fails, none: everything that can be refused was refused above.
    let _lock = place.folder.lock().await?;
    if place.key()?.fingerprint() != key.fingerprint() {
        return Err(Problem::refused("the stage's key was replaced meanwhile").remedy("run the command again"));
    }
    for (name, text) in sealed {
        place.folder.write(name, &text, arguments.overwrite).await?;
        output::talk(&format!("{} is sealed for the stage `{}`: commit it", place.folder.shown(name), place.stage()));
    }
    Ok(())
}

/// The files with the names that they give their values, every one of them checked.
fn files<'a>(place: &Place, arguments: &'a Seal) -> Result<Vec<(&'a str, &'a Path)>, Problem> {
    let mut files = Vec::new();
    let mut names = BTreeSet::new();
    for path in &arguments.import_vinz {
        let shown = path.display();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Problem::unchecked(format!("{shown} has no name that is text")))?;
        check_name(name).map_err(|problem| {
            problem.into_unchecked().after(&format!("{shown}: ")).remedy("copy it to a file whose name is the field's")
        })?;
        if !names.insert(name.to_ascii_lowercase()) {
            return Err(Problem::unchecked(format!("{shown}: another file gives the name `{name}` too")));
        }
        place.folder.check_free(name, arguments.overwrite)?;
        files.push((name, path.as_path()));
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let shown = path.display();
    let problem = |error| Problem::refused(format!("{shown} cannot be read: {error}"));
    if fs::metadata(path).map_err(problem)?.len() > MOST {
        return Err(Problem::refused(format!("{shown} is too long for a file of vinz")));
    }
    fs::read(path).map_err(problem)
}
