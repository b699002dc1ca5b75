//! The manifest's record, and the link section of the record.
//!
//! Apple's linker drops single records that the program does not use, so on Apple's targets the
//! records of all structs are in one section. Every other linker keeps or drops a section as a
//! whole. So on the other targets each struct has its own section, whose name must be unique. A
//! macro knows neither the module that it expands in nor the schemas of nested structs, so the name
//! contains a hash of the crate, the position and the text of the struct. Two structs with the same
//! crate, position and text share a section, for example two structs from one line of a
//! `macro_rules!`. An artifact that loads one of the two then contains both records. A reader finds
//! both, because it reads all records of a section.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// Returns a hash of the crate and position (`place`) and the text of a struct.
pub(super) fn hash_struct(tokens: &TokenStream, place: &str) -> u64 {
    update_fnv(
        update_fnv(FNV_OFFSET, place.as_bytes()),
        tokens.to_string().as_bytes(),
    )
}

/// The start value of the hash function FNV-1a. Its hashes are the same in every release of the
/// compiler, unlike those of the standard library's hasher.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn update_fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Emits the static of the record and a reference to it.
///
/// Each object file format has its own rule for the names of sections. The name of a section of a
/// PE image has at most eight characters. The characters after a `$` order the parts of one
/// section, and the linker removes these characters. On WebAssembly the record has no section of
/// its own, because no manifest is read there.
pub(super) fn expand_record(ident: &Ident, hash: u64) -> TokenStream {
    let elf = format!(".stage_config.{hash:016x}");
    let pe = format!(".stgcfg${hash:016x}");
    quote! {
        const LENGTH: __p::usize = __p::encoded_len(&<#ident as __p::ConfigStruct>::STRUCT_SCHEMA);
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,stage_config"))]
        #[cfg_attr(windows, unsafe(link_section = #pe))]
        #[cfg_attr(not(any(target_vendor = "apple", windows, target_family = "wasm")), unsafe(link_section = #elf))]
        static RECORD: [__p::u8; LENGTH] = __p::encode(&<#ident as __p::ConfigStruct>::STRUCT_SCHEMA);
        &RECORD
    }
}
