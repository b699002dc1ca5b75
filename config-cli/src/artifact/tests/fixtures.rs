//! Builds executables and zips that contain manifest records. The executables cannot run. This
//! module uses the same crates as the reader in `artifact`, so it cannot show a mistake of these
//! crates. The tests in `real_builds` check the output of real compilers and linkers, for the
//! platform of the test.

use std::io::{Cursor, Write};

use object::pe::{self, FileFlags};
use object::write::Object;
use object::write::pe::{NtHeaders, Writer};
use object::{Architecture, BinaryFormat, Endianness, SectionKind};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FixtureFormat {
    ElfX86,
    ElfArm,
    MachX86,
    MachArm,
    Pe,
}

/// Builds a file with these sections, and one unrelated section.
pub(super) fn build_container(format: FixtureFormat, sections: &[&[u8]]) -> Vec<u8> {
    let (binary, architecture) = match format {
        FixtureFormat::ElfX86 => (BinaryFormat::Elf, Architecture::X86_64),
        FixtureFormat::ElfArm => (BinaryFormat::Elf, Architecture::Aarch64),
        FixtureFormat::MachX86 => (BinaryFormat::MachO, Architecture::X86_64),
        FixtureFormat::MachArm => (BinaryFormat::MachO, Architecture::Aarch64),
        FixtureFormat::Pe => return build_pe(sections),
    };
    let mut object = Object::new(binary, architecture, Endianness::Little);
    let mut add = |segment: &[u8], name: &[u8], data: &[u8]| {
        let section = object.add_section(segment.to_vec(), name.to_vec(), SectionKind::Data);
        object.set_section_data(section, data.to_vec(), 1);
    };
    add(
        b"__DATA",
        b".stage_config_x",
        b"STAGECFG of another program",
    );
    for (index, data) in sections.iter().enumerate() {
        match binary {
            BinaryFormat::MachO => add(b"__DATA", b"stage_config", data),
            _ => add(b"", format!(".stage_config.{index:016x}").as_bytes(), data),
        }
    }
    object.write().unwrap()
}

/// Builds a PE file for Windows. Its section names end before the `$`, because a linker removes the
/// `$` and the text after it.
fn build_pe(sections: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(true, 0x1000, 0x200, &mut bytes);
    writer.reserve_dos_header_and_stub();
    writer.reserve_nt_headers(0);
    writer.reserve_section_headers(u16::try_from(sections.len()).unwrap() + 1);
    let length = |data: &[u8]| u32::try_from(data.len()).unwrap();
    let text = writer.reserve_text_section(1);
    let flags = pe::IMAGE_SCN_CNT_INITIALIZED_DATA | pe::IMAGE_SCN_MEM_READ;
    let ranges: Vec<_> = sections
        .iter()
        .map(|data| {
            (
                writer.reserve_section(*b".stgcfg\0", flags, length(data), length(data)),
                data,
            )
        })
        .collect();
    writer.write_dos_header_and_stub().unwrap();
    writer.write_nt_headers(new_nt_headers());
    writer.write_section_headers();
    writer.write_section(text.file_offset, &[0xc3]);
    for (range, data) in ranges {
        writer.write_section(range.file_offset, data);
    }
    bytes
}

fn new_nt_headers() -> NtHeaders {
    NtHeaders {
        machine: pe::IMAGE_FILE_MACHINE_AMD64,
        time_date_stamp: 0,
        characteristics: FileFlags::default(),
        major_linker_version: 0,
        minor_linker_version: 0,
        address_of_entry_point: 0,
        image_base: 0x1_4000_0000,
        major_operating_system_version: 0,
        minor_operating_system_version: 0,
        major_image_version: 0,
        minor_image_version: 0,
        major_subsystem_version: 0,
        minor_subsystem_version: 0,
        subsystem: pe::IMAGE_SUBSYSTEM_WINDOWS_CUI,
        dll_characteristics: Default::default(),
        size_of_stack_reserve: 0,
        size_of_stack_commit: 0,
        size_of_heap_reserve: 0,
        size_of_heap_commit: 0,
    }
}

/// Builds a Mach-O file for several architectures: a table of offsets and lengths, then the files.
pub(super) fn build_fat(files: &[Vec<u8>]) -> Vec<u8> {
    let to_bytes = |number: usize| u32::try_from(number).unwrap().to_be_bytes();
    let mut bytes = [0xcafe_babe_u32.to_be_bytes(), to_bytes(files.len())].concat();
    let mut offset = bytes.len() + 20 * files.len();
    for file in files {
        // An entry has five numbers: CPU type, CPU subtype, offset, length and alignment. The
        // reader ignores the CPU type and the CPU subtype.
        bytes.extend(
            [
                to_bytes(0),
                to_bytes(0),
                to_bytes(offset),
                to_bytes(file.len()),
                to_bytes(0),
            ]
            .concat(),
        );
        offset += file.len();
    }
    bytes.extend(files.concat());
    bytes
}

/// Builds a zip with these files and symbolic links.
pub(super) fn build_zip_with_links(files: &[(&str, &[u8])], links: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(data).unwrap();
    }
    for (name, target) in links {
        writer
            .add_symlink(*name, *target, SimpleFileOptions::default())
            .unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Builds a zip with these files, without compression if `stored` is true.
pub(super) fn build_zip(stored: bool, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let method = if stored {
        CompressionMethod::Stored
    } else {
        CompressionMethod::Deflated
    };
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in entries {
        writer
            .start_file(
                *name,
                SimpleFileOptions::default().compression_method(method),
            )
            .unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
