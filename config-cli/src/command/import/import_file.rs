//! The imported file, and the check of its permissions.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use stage_config_grammar::shell::quote;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::redact::is_name_like;
use crate::{input, output};

/// Reads the file, or standard input for `-`.
pub(super) async fn read_text(path: &Path) -> Result<Zeroizing<String>, CliError> {
    if is_standard_input(path) && io::stdin().is_terminal() {
        // The terminal would show the secrets that a user types.
        return Err(CliError::undetermined("standard input is a terminal")
            .with_help("pipe the file to the command, or pass its name"));
    }
    let file_name = display_path(path);
    let bytes = if is_standard_input(path) {
        input::read_stdin().await?
    } else {
        input::read_file(path).map_err(|error| {
            CliError::undetermined(format!("{file_name} cannot be read: {error}"))
        })?
    };
    input::to_text(&bytes, &file_name).map(|text| Zeroizing::new(text.to_owned()))
}

/// Prints a warning if other users can read a file with secrets.
pub(super) fn warn_if_others_read(path: &Path) {
    if let Some(mode) = find_open_mode(path) {
        let path = path.display().to_string();
        output::eprint_line(&format!(
            "warning: {path} contains secrets, and other users may read it (mode {mode:o}): chmod \
             600 {}",
            quote(&path)
        ));
    }
}

/// Returns the permissions of the file, if users other than the owner can read it.
#[cfg(unix)]
fn find_open_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    if is_standard_input(path) {
        return None;
    }
    let metadata = std::fs::metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file)?;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o044 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn find_open_mode(_: &Path) -> Option<u32> {
    None
}

/// Returns the path of the file for messages, or another text for standard input and for a path
/// that may be a value.
pub(super) fn display_path(path: &Path) -> String {
    match path.file_name().and_then(|name| name.to_str()) {
        _ if is_standard_input(path) => "standard input".to_owned(),
        Some(name) if is_name_like(name) => path.display().to_string(),
        // A text that does not look like a file name may be a value.
        _ => "the file".to_owned(),
    }
}

pub(super) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}
