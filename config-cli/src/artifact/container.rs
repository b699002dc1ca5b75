//! From the bytes of an executable to the sections that keep records: ELF, Mach-O, PE.

use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{BinaryFormat, File, FileKind, Object as _, ObjectSection as _};
use stage_config_core::manifest::MAX_SECTION;

use super::fault::Fault;

/// The most architectures of one Mach-O that are read.
const MAX_ARCHES: usize = 16;

/// The sections that keep records; none where there are none.
pub(super) fn sections(executable: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let mut sections = Sections::default();
    match FileKind::parse(executable) {
        Ok(FileKind::MachOFat32) => {
            sections.of_fat(MachOFatFile32::parse(executable).map(|file| file.arches()), executable)?;
        }
        Ok(FileKind::MachOFat64) => {
            sections.of_fat(MachOFatFile64::parse(executable).map(|file| file.arches()), executable)?;
        }
        Ok(_) => sections.of_file(executable)?,
        Err(_) => return Err(Fault::unknown("it is neither an executable nor a zip")),
    }
    Ok(sections.found)
}

/// Whether the bytes begin as an executable does.
pub(super) fn is_executable(start: &[u8]) -> bool {
    FileKind::parse(start).is_ok()
}

#[derive(Default)]
struct Sections {
    found: Vec<Vec<u8>>,
    length: usize,
}

impl Sections {
    /// One Mach-O for each architecture.
    fn of_fat<A: FatArch>(&mut self, arches: object::Result<&[A]>, file: &[u8]) -> Result<(), Fault> {
        let arches = arches.map_err(|error| damaged(&error))?;
        if arches.len() > MAX_ARCHES {
            return Err(Fault::unknown("it is for more than 16 architectures"));
        }
        for arch in arches {
            self.of_file(arch.data(file).map_err(|error| damaged(&error))?)?;
        }
        Ok(())
    }

    fn of_file(&mut self, file: &[u8]) -> Result<(), Fault> {
        let file = File::parse(file).map_err(|error| damaged(&error))?;
        for section in file.sections() {
            if !section.name().is_ok_and(|name| keeps_records(file.format(), name)) {
                continue;
            }
            let data = section.data().map_err(|error| damaged(&error))?;
            self.length += data.len();
            if self.length > MAX_SECTION {
                let what = format!("its manifest has more than {} MiB", MAX_SECTION >> 20);
                return Err(Fault::new(what, "embed fewer or smaller sealed files"));
            }
            self.found.push(data.to_vec());
        }
        Ok(())
    }
}

/// How the derive names sections, after the linker; see `docs/manifest.md`.
fn keeps_records(format: BinaryFormat, name: &str) -> bool {
    match format {
        BinaryFormat::Elf => name.starts_with(".stage_config."),
        BinaryFormat::MachO => name == "stage_config",
        BinaryFormat::Pe | BinaryFormat::Coff => name.split('$').next() == Some(".stgcfg"),
        _ => false,
    }
}

fn damaged(error: &object::Error) -> Fault {
    Fault::unknown(format!("it begins like an executable, and is none that can be read ({error})"))
}
