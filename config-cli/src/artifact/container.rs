//! Finds the manifest sections of an executable in the format ELF, Mach-O or PE.

use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{BinaryFormat, File, FileKind, Object as _, ObjectSection as _};
use stage_config_core::manifest::MAX_SECTION;

use super::{ArtifactError, unsupported_error};

/// The maximum number of architectures to read in one Mach-O file.
const MAX_ARCHES: usize = 16;

/// Returns the manifest sections. The list is empty if the executable has none.
pub(super) fn read_sections(executable: &[u8]) -> Result<Vec<Vec<u8>>, ArtifactError> {
    let mut sections = SectionReader::default();
    match FileKind::parse(executable) {
        Ok(FileKind::MachOFat32) => {
            sections.read_fat(
                MachOFatFile32::parse(executable).map(|file| file.arches()),
                executable,
            )?;
        }
        Ok(FileKind::MachOFat64) => {
            sections.read_fat(
                MachOFatFile64::parse(executable).map(|file| file.arches()),
                executable,
            )?;
        }
        Ok(_) => sections.read_file(executable)?,
        Err(_) => return Err(unsupported_error("it is neither an executable nor a zip")),
    }
    Ok(sections.found)
}

/// Returns whether the bytes begin like an executable.
pub(super) fn is_executable(start: &[u8]) -> bool {
    FileKind::parse(start).is_ok()
}

#[derive(Default)]
struct SectionReader {
    found: Vec<Vec<u8>>,
    length: usize,
}

impl SectionReader {
    /// Reads the Mach-O file of each architecture.
    fn read_fat<A: FatArch>(
        &mut self,
        arches: object::Result<&[A]>,
        file: &[u8],
    ) -> Result<(), ArtifactError> {
        let arches = arches.map_err(|error| damaged_executable_error(&error))?;
        if arches.len() > MAX_ARCHES {
            return Err(unsupported_error("it contains more than 16 architectures"));
        }
        for arch in arches {
            self.read_file(
                arch.data(file)
                    .map_err(|error| damaged_executable_error(&error))?,
            )?;
        }
        Ok(())
    }

    fn read_file(&mut self, file: &[u8]) -> Result<(), ArtifactError> {
        let file = File::parse(file).map_err(|error| damaged_executable_error(&error))?;
        for section in file.sections() {
            if !section
                .name()
                .is_ok_and(|name| is_manifest_section(file.format(), name))
            {
                continue;
            }
            let data = section
                .data()
                .map_err(|error| damaged_executable_error(&error))?;
            self.length += data.len();
            if self.length > MAX_SECTION {
                let message = format!("its manifest has more than {} MiB", MAX_SECTION >> 20);
                return Err(ArtifactError::new(
                    (),
                    "",
                    message,
                    "embed fewer or smaller sealed files",
                ));
            }
            self.found.push(data.to_vec());
        }
        Ok(())
    }
}

/// Returns whether a section of this name contains a manifest after linking; see
/// `docs/manifest.md`.
fn is_manifest_section(format: BinaryFormat, name: &str) -> bool {
    match format {
        BinaryFormat::Elf => name.starts_with(".stage_config."),
        BinaryFormat::MachO => name == "stage_config",
        BinaryFormat::Pe | BinaryFormat::Coff => name.split('$').next() == Some(".stgcfg"),
        _ => false,
    }
}

fn damaged_executable_error(error: &object::Error) -> ArtifactError {
    unsupported_error(format!(
        "it begins like an executable, but cannot be read ({error})"
    ))
}
