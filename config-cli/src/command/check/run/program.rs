//! The executable that loads a configuration.

use std::io;
use std::path::{Path, PathBuf};

use stage_config_grammar::suggest::format_list;

use crate::error::CliError;
use crate::session::Session;

/// The first bytes of a zip.
const ZIP_MAGIC: &[u8] = b"PK";

/// The first bytes of an executable of Linux.
const ELF_MAGIC: &[u8] = b"\x7fELF";

/// The number of this machine's architecture in an ELF header, if it is known.
const ELF_MACHINE: Option<u16> = if cfg!(target_arch = "x86_64") {
    Some(62)
} else if cfg!(target_arch = "aarch64") {
    Some(183)
} else {
    None
};

/// The error codes of operating systems for an executable of another platform: `ENOEXEC` of Unix,
/// `EBADARCH` of macOS, `ERROR_EXE_MACHINE_TYPE_MISMATCH` and `ERROR_BAD_EXE_FORMAT` of Windows.
#[cfg(not(windows))]
const WRONG_PLATFORM: [i32; 2] = [8, 86];
#[cfg(windows)]
const WRONG_PLATFORM: [i32; 2] = [216, 193];

/// An executable and the configuration that it has to check.
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// The name of the struct that describes the configuration.
    pub(super) config: &'static str,
}

impl Program {
    /// Finds the program that loads the configuration of the session.
    ///
    /// # Errors
    ///
    /// Returns an error if several programs load the configuration, or if the artifact cannot be
    /// read or is a zip.
    pub(super) fn find(session: &Session) -> Result<Self, CliError> {
        let config = session.schema.name;
        let path = match session.artifacts.as_slice() {
            [only] => resolve(only)?,
            several => {
                // Sort the names for the message: the artifacts are in the order of their packages,
                // and the binaries of a package are before its examples.
                let mut names: Vec<String> = several.iter().map(|path| file_name(path)).collect();
                names.sort();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let message = format!("several programs load `{config}`: {}", format_list(&names));
                return Err(CliError::undetermined(message)
                    .with_help("name the program to run: --bin NAME, or --example NAME"));
            }
        };
        Ok(Self { path, config })
    }

    /// Returns the error for a program that cannot be started.
    pub(super) fn start_error(&self, error: &io::Error) -> CliError {
        let path = self.path.display();
        let is_other_platform = error
            .raw_os_error()
            .is_some_and(|code| WRONG_PLATFORM.contains(&code));
        let (problem, help) = if is_other_platform {
            (
                format!(
                    "{path} cannot be run: it is built for another platform than this machine \
                     ({} {})",
                    std::env::consts::ARCH,
                    std::env::consts::OS
                ),
                "build the program for this machine: without --artifact and --target; or run the \
                 command on the program's platform",
            )
        } else if error.kind() == io::ErrorKind::NotFound {
            // The file exists, because its manifest was read.
            (
                format!("{path} cannot be run: its loader or interpreter is not on this machine"),
                "build the program for this machine: without --artifact and --target",
            )
        } else {
            (
                format!("{path} cannot be run: {error}"),
                "check that the file is an executable of this platform with the permission to run",
            )
        };
        CliError::undetermined(problem).with_help(help)
    }
}

/// Returns whether `--run` can probably run the program: the session has exactly one program, which
/// is not a zip and is not built for another platform.
pub(in super::super) fn can_run_program(session: &Session) -> bool {
    let [path] = session.artifacts.as_slice() else {
        return false;
    };
    let bootstrap = path.join("bootstrap");
    let path = if path.is_dir() { &bootstrap } else { path };
    let mut header = [0; 20];
    let read =
        std::fs::File::open(path).and_then(|mut file| io::Read::read_exact(&mut file, &mut header));
    read.is_ok() && can_run(&header)
}

/// Returns whether a file that begins with this header is neither a zip nor an ELF file for another
/// platform. Other formats of executables are not recognized.
fn can_run(header: &[u8; 20]) -> bool {
    if header.starts_with(ELF_MAGIC) {
        let machine = u16::from_le_bytes([header[18], header[19]]);
        let has_elf = cfg!(all(unix, not(target_vendor = "apple")));
        return has_elf && ELF_MACHINE.is_none_or(|own| own == machine);
    }
    !header.starts_with(ZIP_MAGIC)
}

/// Returns the absolute path of the executable. A relative path without a separator would not name
/// this file: the system would search the folders of `PATH` for it.
fn resolve(path: &Path) -> Result<PathBuf, CliError> {
    let bootstrap = path.join("bootstrap");
    let path = if path.is_dir() { &bootstrap } else { path };
    let unreadable = |error: io::Error| {
        CliError::undetermined(format!("{} cannot be read: {error}", path.display()))
    };
    let path = path.canonicalize().map_err(unreadable)?;
    let mut magic = [0; 2];
    let mut file = std::fs::File::open(&path).map_err(unreadable)?;
    io::Read::read_exact(&mut file, &mut magic).map_err(unreadable)?;
    if magic == ZIP_MAGIC {
        let message = format!("{} is a zip, which cannot be run", path.display());
        return Err(CliError::undetermined(message)
            .with_help("give the executable in it: unpack the zip, and name its `bootstrap`"));
    }
    Ok(path)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_and_an_executable_of_another_architecture_cannot_run() {
        let header = |magic: &[u8], machine: u16| {
            let mut header = [0; 20];
            header[..magic.len()].copy_from_slice(magic);
            header[18..].copy_from_slice(&machine.to_le_bytes());
            header
        };
        assert!(!can_run(&header(ZIP_MAGIC, 0)));
        assert!(can_run(&header(b"#!/bin/sh", 0)));
        if let Some(own) = ELF_MACHINE {
            let has_elf = cfg!(all(unix, not(target_vendor = "apple")));
            assert_eq!(can_run(&header(ELF_MAGIC, own)), has_elf);
            assert!(!can_run(&header(ELF_MAGIC, own + 1)));
        }
    }
}
