//! An ELF file that carries a manifest as a built program does, but that is created without a
//! build.

use std::fs;
use std::path::PathBuf;

use object::write::{Object, SectionId, StandardSegment};
use object::{Architecture, BinaryFormat, Endianness, SectionKind};
use stage_config::StageConfig;

/// Writes an ELF file that carries the manifest of the configuration `T`. The name of the file is
/// the path of the struct: `target/…/artifacts/it-write-Config`.
///
/// Several tests may write the same file concurrently, so each writes a temporary file and renames
/// it.
pub(crate) fn write_artifact<T: StageConfig>() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("artifacts");
    fs::create_dir_all(&folder).expect("the folder can be created");
    let path = folder.join(std::any::type_name::<T>().replace("::", "-"));
    let temporary =
        tempfile::NamedTempFile::new_in(&folder).expect("a temporary file can be created");
    fs::write(temporary.path(), build_elf(&[T::__manifest()])).expect("the file can be written");
    temporary.persist(&path).expect("the file can be renamed");
    path
}

/// Returns an ELF file with these records, each in its own section.
pub(crate) fn build_elf(records: &[&[u8]]) -> Vec<u8> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    for (index, record) in records.iter().enumerate() {
        let name = format!(".stage_config.{index:016x}").into_bytes();
        let segment = object.segment_name(StandardSegment::Data).to_vec();
        let section: SectionId = object.add_section(segment, name, SectionKind::ReadOnlyData);
        object.append_section_data(section, record, 1);
    }
    object.write().expect("an object can be written")
}
