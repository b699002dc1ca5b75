//! The manifest's record, in a link section of its own.
//!
//! A linker keeps or drops a section as a whole, so two structs that shared one would be carried together. A macro knows
//! neither the module that it expands in nor the schemas of nested structs; what it can know (crate, place, text) goes into a
//! hash. Two structs that agree in all of it, as from one line of a `macro_rules!`, share a section, and then the artifact
//! carries both where it loads one: a reader takes all records of a section.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// Tells a struct from the others of a binary.
pub(super) fn hash_struct(tokens: &TokenStream, place: &str) -> u64 {
    update_fnv(update_fnv(FNV_OFFSET, place.as_bytes()), tokens.to_string().as_bytes())
}

/// FNV-1a: the same in every release of the compiler, which the standard library's hasher does not promise.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn update_fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The static, and a reference to it.
///
/// Each format of object files has its own names. Sections of a PE image have eight characters at most; what follows a `$`
/// orders the parts of one section, and the linker cuts it off. Elsewhere (WebAssembly) no manifest is read.
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
