//! `cargo stage seal --import-vinz FILE…`: seals the values of files that the npm package vinz
//! encrypted.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stage_config_core::sealed::import_vinz;

use super::{SealArguments, SealContext, await_kms};
use crate::error::CliError;
use crate::output;
use crate::sealed_folder::check_name;

/// The maximum length of a file. A file of vinz is much shorter: KMS encrypts at most 4,096 bytes,
/// and a ciphertext is only a little longer than its text.
const MAX_LENGTH: u64 = 1 << 16;

pub(super) async fn run(context: &SealContext, arguments: &SealArguments) -> Result<(), CliError> {
    let key = context.require_key()?;
    let files = list_files(context, arguments)?;
    let kms = context.connect_kms().await.map_err(CliError::into_failed)?;
    let mut sealed = Vec::new();
    for (name, path) in &files {
        let display_path = path.display().to_string();
        let bytes = read_file(path)?;
        let value = await_kms(&display_path, import_vinz(&kms, &bytes))
            .await
            .map_err(CliError::into_failed)?;
        let value = key
            .seal(name, &value)
            .map_err(|error| CliError::from_sealed(&display_path, &error))?;
        sealed.push((name, value.to_string()));
    }

    // All checks precede the first write. After the first write, values can remain unwritten only
    // if the disk fails, a signal arrives, or another command has just created a file of the same
    // name.
    let _lock = context.folder.lock().await?;
    if context.require_key()?.fingerprint() != key.fingerprint() {
        return Err(
            CliError::failed("the stage's key was replaced in the meantime")
                .with_help("run the command again"),
        );
    }
    for (name, text) in sealed {
        context
            .folder
            .write(name, &text, arguments.overwrite)
            .await?;
        output::eprint_line(&format!(
            "{} is sealed for the stage `{}`: commit it",
            context.folder.display_path(name),
            context.stage()
        ));
    }
    Ok(())
}

/// Lists the files. The name of each file becomes the name of its value, so this function checks
/// each name.
fn list_files<'a>(
    context: &SealContext,
    arguments: &'a SealArguments,
) -> Result<Vec<(&'a str, &'a Path)>, CliError> {
    let mut files = Vec::new();
    let mut names = BTreeSet::new();
    for path in &arguments.import_vinz {
        let display_path = path.display();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| {
            CliError::undetermined(format!("the file name of {display_path} is not UTF-8"))
        })?;
        check_name(name).map_err(|problem| {
            problem
                .into_undetermined()
                .within(&display_path.to_string())
                .with_help("copy it to a file with the field's name")
        })?;
        if !names.insert(name.to_ascii_lowercase()) {
            return Err(CliError::undetermined(format!(
                "{display_path}: another file has the name `{name}` too"
            )));
        }
        context.folder.check_free(name, arguments.overwrite)?;
        files.push((name, path.as_path()));
    }
    Ok(files)
}

fn read_file(path: &Path) -> Result<Vec<u8>, CliError> {
    let display_path = path.display();
    let read_error = |error| CliError::failed(format!("{display_path} cannot be read: {error}"));
    if fs::metadata(path).map_err(read_error)?.len() > MAX_LENGTH {
        return Err(CliError::failed(format!(
            "{display_path} has more than {} KiB, which no vinz file has",
            MAX_LENGTH >> 10
        ))
        .with_help("name only files that vinz encrypted"));
    }
    fs::read(path).map_err(read_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_long_is_refused_with_the_limit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(MAX_LENGTH).unwrap();
        assert!(read_file(file.path()).is_ok());

        file.as_file().set_len(MAX_LENGTH + 1).unwrap();
        let text = read_file(file.path()).unwrap_err().to_string();
        for words in [
            "has more than 64 KiB",
            "name only files that vinz encrypted",
        ] {
            assert!(text.contains(words), "{text}");
        }
    }
}
